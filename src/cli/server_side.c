/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Servers of either kind. */

#include <unistd.h>

#include "cli/sides.h"
#include "nn/plan.h"
#include "nn/wire.h"
#include "util/map.h"
#include "util/status.h"

/** The keys that the plan needs, and no other. */
static cn_status load_keys(cn_cli_server *s, const char *evaluation_key, const char *public_key) {
    const cn_cli_plan *p = s->plan;
    bool private = p->base->options.model_privacy;
    if (cn_cli_plan_key(p) && !evaluation_key)
        return cn_fail(CN_ERR_NULL,
                       "evaluation key: expected one, for the plan needs it, found none; give --evaluation-key=FILE");
    if (evaluation_key)
        CN_TRY(p->single ? cn_single_evaluation_key_load(&s->relin, &s->rotations, p->single, evaluation_key)
                         : cn_evaluation_key_load(&s->relin, p->batch, evaluation_key));
    if (private && !public_key)
        return cn_fail(CN_ERR_NULL,
                       "public key: expected one, for the plan has model privacy, found none; give --public-key=FILE");
    if (public_key && !private)
        return cn_fail(CN_ERR_STATE, "public key: the plan has no model privacy, the server needs none; leave --public-key out");
    return public_key ? cn_public_key_load(&s->public, p->batch, public_key) : CN_OK;
}

cn_status cn_cli_server_new(cn_cli_server *s, const cn_cli_plan *p, const cn_model *m, const char *evaluation_key,
                            const char *public_key, unsigned threads) {
    cn_status status = CN_OK;
    *s = (cn_cli_server){.plan = p};
    CN_CHECK(load_keys(s, evaluation_key, public_key));
    if (p->single) CN_CHECK(cn_single_server_new(&s->single, p->single, m, s->relin, s->rotations, threads));
    else CN_CHECK(cn_server_new(&s->batch, p->batch, m, s->relin, threads));
    if (s->public) CN_CHECK(cn_fail_prefix(cn_server_set_public_key(s->batch, s->public), "%s", public_key));
cleanup:
    if (status != CN_OK) cn_cli_server_clear(s);
    return status;
}

void cn_cli_server_clear(cn_cli_server *s) {
    cn_server_free(s->batch);
    cn_single_server_free(s->single);
    cn_relin_key_free(s->relin);
    cn_rotation_key_free(s->rotations);
    cn_public_key_free(s->public);
    *s = (cn_cli_server){0};
}

/* ---- batches ------------------------------------------------------------------------------- */

/** Is there a reply of an earlier run to this very request? */
static bool has_batch(const cn_plan *p, const cn_request *request, const char *path) {
    cn_reply *r;
    if (access(path, F_OK) != 0 || cn_reply_load(&r, p, path) != CN_OK) return false;
    bool answers = cn_reply_answers(r, request) == CN_OK;
    cn_reply_free(r);
    return answers;
}

static cn_status answer_batch(cn_cli_answer *answer, const cn_cli_server *s, const char *from, const char *to, bool keep,
                              cn_progress_fn progress, void *user) {
    cn_status status = CN_OK;
    const cn_plan *p = s->plan->batch;
    cn_request *request = NULL;
    cn_reply *reply = NULL;
    cn_timing timing;
    CN_CHECK(cn_request_load(&request, p, from));
    cn_map_evict(request->data, request->bytes); /* its checksum has brought all of it into memory */
    answer->images = cn_request_count(request);
    answer->kept = keep && has_batch(p, request, to);
    if (answer->kept) goto cleanup;
    CN_CHECK(cn_fail_prefix(cn_server_evaluate(&reply, s->batch, request, &timing, progress, user), "%s", from));
    CN_CHECK(cn_reply_save(reply, p, to));
    answer->expand = timing.expand;
    answer->evaluate = timing.evaluate;
cleanup:
    cn_reply_free(reply);
    cn_request_free(request);
    return status;
}

/* ---- single images ------------------------------------------------------------------------- */

static bool has_single(const cn_single_plan *p, const cn_single_request *request, const char *path) {
    cn_single_reply *r;
    if (access(path, F_OK) != 0 || cn_single_reply_load(&r, p, path) != CN_OK) return false;
    bool answers = cn_single_reply_answers(r, request) == CN_OK;
    cn_single_reply_free(r);
    return answers;
}

static cn_status answer_single(cn_cli_answer *answer, const cn_cli_server *s, const char *from, const char *to, bool keep,
                               cn_progress_fn progress, void *user) {
    cn_status status = CN_OK;
    const cn_single_plan *p = s->plan->single;
    cn_single_request *request = NULL;
    cn_single_reply *reply = NULL;
    cn_single_timing timing;
    if (progress && progress(user, "evaluate", 0, 1) != 0) return cn_fail(CN_ERR_CANCELLED, "evaluate: stopped by the caller");
    CN_CHECK(cn_single_request_load(&request, p, from));
    answer->images = cn_single_request_count(request);
    answer->kept = keep && has_single(p, request, to);
    if (answer->kept) goto cleanup;
    CN_CHECK(cn_fail_prefix(cn_single_evaluate(&reply, s->single, request, &timing), "%s", from));
    CN_CHECK(cn_single_reply_save(reply, p, to));
    answer->expand = timing.step[0].seconds;
    answer->evaluate = timing.total - timing.step[0].seconds;
cleanup:
    cn_single_reply_free(reply);
    cn_single_request_free(request);
    return status;
}

cn_status cn_cli_answer_file(cn_cli_answer *answer, const cn_cli_server *s, const char *request, const char *reply, bool keep,
                             cn_progress_fn progress, void *user) {
    *answer = (cn_cli_answer){0};
    return (s->single ? answer_single : answer_batch)(answer, s, request, reply, keep, progress, user);
}
