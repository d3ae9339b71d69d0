/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The benchmark's results as JSON (schema: bench/README.md). */

#include "bench/bench.h"

#include <math.h>

static void write_layers(cn_json *j, const cn_bench *b) {
    size_t rows;
    const cn_ledger_row *ledger = cn_plan_ledger(b->plan, &rows);
    cn_json_open(j, "layers", '[');
    for (size_t i = 0; i < rows; i++) {
        const cn_ledger_row *l = &ledger[i];
        cn_json_open(j, NULL, '{');
        cn_json_text(j, "name", l->name);
        cn_json_integer(j, "segment", l->segment + 1);
        cn_json_integer(j, "outputs", l->outputs);
        cn_json_integer(j, "operations", l->operations);
        cn_json_integer(j, "limbs", l->limbs);
        cn_json_integer(j, "parts", l->parts);
        cn_json_number(j, "seconds", b->result.row[i]);
        cn_json_number(j, "predicted_noise", l->log2_noise);
        cn_json_number(j, "limit", l->log2_limit);
        if (!isnan(b->result.measured[i])) cn_json_number(j, "measured_noise", b->result.measured[i]);
        cn_json_close(j, '}');
    }
    cn_json_close(j, ']');
}

static void write_scaling(cn_json *j, const cn_bench_scaling *s) {
    cn_json_open(j, "scaling", '{');
    cn_json_integer(j, "threads", s->threads);
    cn_json_number(j, "evaluate_speedup", s->evaluate);
    cn_json_number(j, "arithmetic_speedup", s->arithmetic);
    cn_json_bool(j, "identical_replies", s->identical);
    cn_json_close(j, '}');
}

/** Seconds of the steps, and what follows from them for one image. */
static void write_times(cn_json *j, const cn_bench_result *r, unsigned repeat) {
    double images = (double)r->images;
    cn_json_open(j, "seconds", '{');
    cn_json_number(j, "keygen", r->keygen);
    cn_json_number(j, "encrypt", r->encrypt);
    cn_json_number(j, "expand", r->expand);
    cn_json_number(j, "evaluate", r->evaluate);
    cn_json_number(j, "decrypt", r->decrypt);
    cn_json_close(j, '}');
    cn_json_integer(j, "repeat", repeat);
    cn_json_open(j, "evaluate_seconds_all", '[');
    for (size_t i = 0; i < r->batches * repeat; i++) cn_json_number(j, NULL, r->evaluations[i]);
    cn_json_close(j, ']');
    cn_json_number(j, "images_per_second", images / r->evaluate);
    cn_json_number(j, "images_per_second_wire", images / (r->expand + r->evaluate));
    cn_json_number(j, "evaluate_us_per_image", 1e6 * r->evaluate / images);
    cn_json_number(j, "encrypt_us_per_image", 1e6 * r->encrypt / images);
    cn_json_number(j, "decrypt_us_per_image", 1e6 * r->decrypt / images);
}

void cn_bench_json_params(cn_json *j, const cn_params *q) {
    cn_json_integer(j, "n", q->n);
    cn_json_integer(j, "limbs", q->limbs);
    cn_json_number(j, "log2_q", cn_params_log2_q(q));
    cn_json_number(j, "log2_qp", cn_params_log2_qp(q));
    cn_json_open(j, "t", '[');
    for (unsigned i = 0; i < q->plains; i++) cn_json_integer(j, NULL, q->t[i]);
    cn_json_close(j, ']');
}

static void write_run(cn_json *j, const char *name, const cn_bench *b) {
    const cn_bench_result *r = &b->result;
    const cn_params *q = cn_plan_params(b->plan);
    double images = (double)r->images;
    cn_json_open(j, name, '{');
    cn_json_text(j, "version", cn_version());
    cn_json_text(j, "model", cn_model_name(b->model));
    cn_json_bool(j, "synthetic", !b->options->mnist);
    cn_json_text(j, "scheme", cn_scheme_name(q->scheme));
    if (*cn_scheme_label(q->scheme)) cn_json_text(j, "label", cn_scheme_label(q->scheme));
    cn_bench_json_params(j, q);
    cn_json_number(j, "T_bits", cn_bench_t_bits(q));
    cn_json_integer(j, "security_bits", CN_SECURITY_BITS);
    cn_json_bool(j, "strict", b->options->plan.strict);
    cn_json_bool(j, "public_key", b->options->plan.public_key || q->scheme == CN_SCHEME_YASHE);
    cn_json_text(j, "cpu", b->cpu);
    cn_json_text(j, "kernels", cn_kernels_name());
    cn_json_number(j, "core_ghz", b->core_ghz);
    cn_json_integer(j, "threads", b->options->threads);
    cn_json_integer(j, "images", r->images);
    cn_json_integer(j, "slots", b->slots);
    cn_json_integer(j, "batches", r->batches);
    cn_json_number(j, "accuracy", (double)r->correct / images);
    cn_json_number(j, "clear_accuracy", (double)r->clear_correct / images);
    cn_json_integer(j, "mismatched_logits", r->mismatched);
    cn_json_integer(j, "out_of_window", r->out_of_window);
    write_times(j, r, b->options->repeat);
    cn_json_open(j, "bytes", '{');
    cn_json_integer(j, "upload", r->upload);
    cn_json_integer(j, "evaluation_keys", r->evaluation_keys);
    cn_json_integer(j, "download", r->download);
    cn_json_close(j, '}');
    cn_json_number(j, "upload_bytes_per_image", cn_bench_upload_per_image(b));
    cn_json_integer(j, "peak_rss_bytes", r->peak_rss);
    cn_json_number(j, "max_memory_bytes", b->options->max_memory ? (double)b->options->max_memory : NAN);
    if (r->scaling.threads) write_scaling(j, &r->scaling);
    write_layers(j, b);
    if (b->beside) write_run(j, "beside", b->beside);
    cn_json_close(j, '}');
}

void cn_bench_json_run(cn_json *j, const cn_bench *b) { write_run(j, NULL, b); }
