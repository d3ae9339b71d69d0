/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The results of --latency as JSON (schema: bench/README.md). */

#include "bench/latency.h"

static void write_latency(cn_json *j, const cn_latency *l) {
    cn_json_open(j, "latency", '{');
    cn_json_integer(j, "images_per_request", l->most);
    cn_json_number(j, "client_encrypt_ms_median", l->median[CN_LATENCY_ENCRYPT]);
    cn_json_number(j, "client_encrypt_ms_p99", l->p99[CN_LATENCY_ENCRYPT]);
    cn_json_number(j, "server_ms_median", l->median[CN_LATENCY_SERVER]);
    cn_json_number(j, "server_ms_p99", l->p99[CN_LATENCY_SERVER]);
    cn_json_number(j, "server_ms_least", l->least[CN_LATENCY_SERVER]);
    cn_json_number(j, "server_ms_median_per_image", l->median[CN_LATENCY_SERVER] / (double)l->most);
    cn_json_number(j, "decrypt_ms_median", l->median[CN_LATENCY_DECRYPT]);
    cn_json_number(j, "decrypt_ms_p99", l->p99[CN_LATENCY_DECRYPT]);
    cn_json_integer(j, "upload_bytes", l->upload);
    cn_json_integer(j, "reply_bytes", l->download);
    cn_json_integer(j, "rotation_key_bytes", l->keys);
    cn_json_open(j, "steps", '[');
    for (unsigned s = 0; s < l->steps; s++) {
        cn_json_open(j, NULL, '{');
        cn_json_text(j, "name", l->name[s]);
        cn_json_number(j, "ms_median", l->median[CN_LATENCY_STEP + s]);
        cn_json_number(j, "ms_p99", l->p99[CN_LATENCY_STEP + s]);
        cn_json_close(j, '}');
    }
    cn_json_close(j, ']');
    cn_json_close(j, '}');
}

void cn_bench_json_latency(cn_json *j, const cn_bench *b, const cn_latency *l) {
    const cn_bench_result *r = &b->result;
    const cn_params *q = cn_single_plan_params(l->plan);
    double images = (double)r->images;
    cn_json_open(j, NULL, '{');
    cn_json_text(j, "version", cn_version());
    cn_json_text(j, "model", cn_model_name(b->model));
    cn_json_bool(j, "synthetic", !b->options->mnist);
    cn_bench_json_params(j, q);
    cn_json_integer(j, "security_bits", CN_SECURITY_BITS);
    cn_json_text(j, "cpu", b->cpu);
    cn_json_text(j, "kernels", cn_kernels_name());
    cn_json_number(j, "core_ghz", b->core_ghz);
    cn_json_integer(j, "threads", b->options->threads);
    cn_json_integer(j, "images", r->images);
    cn_json_number(j, "accuracy", (double)r->correct / images);
    cn_json_number(j, "clear_accuracy", (double)r->clear_correct / images);
    cn_json_integer(j, "mismatched_logits", r->mismatched);
    cn_json_integer(j, "out_of_window", r->out_of_window);
    cn_json_number(j, "keygen_seconds", l->keygen);
    cn_json_number(j, "server_setup_seconds", l->setup);
    write_latency(j, l);
    cn_json_close(j, '}');
}
