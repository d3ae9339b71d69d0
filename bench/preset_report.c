/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** --preset paper2016: text and JSON, beside the figures of the paper [Gilad-Bachrach et al., ICML 2016] as reported there. */

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bench/preset.h"

#define SCHEME "YASHE'"
#define LABEL "insecure-historical: the parameters of 2016, broken; see doc/yashe.md"
#define WARNING_1 "The 2016 parameters are reproduced for historical fidelity only. They are insecure: their NTRU key is massively"
#define WARNING_2 "overstretched and recoverable from the public key; do not encrypt real data."

/* ---- layers -------------------------------------------------------------------------------- */

size_t cn_preset_layers(cn_preset_layer rows[CN_PRESET_LAYERS_MAX], const cn_preset *p) {
    const cn_program *g = &p->prog;
    const double paper[2][CN_STAGES] = {{30, 81, 127}, {NAN, 10, 1.6}};
    bool same = g->count == 2 && g->inputs == 784 && g->segment[0].has_pre && g->segment[0].mid == 845 && g->segment[0].out == 100 &&
                g->outputs == 10;
    size_t count = 0;
    for (unsigned s = 0; s < g->count; s++) {
        const cn_segment *seg = &g->segment[s];
        size_t outputs[CN_STAGES] = {seg->mid, seg->mid, seg->out};
        size_t operations[CN_STAGES] = {seg->has_pre ? seg->pre.start[seg->mid] : 0, seg->mid, seg->post.start[seg->out]};
        for (unsigned k = 0; k < CN_STAGES; k++)
            if (operations[k])
                rows[count++] = (cn_preset_layer){seg->label[k], s, outputs[k], operations[k], p->times.stage[s][k], same ? paper[s][k] : NAN};
        if (s + 1 < g->count) rows[count++] = (cn_preset_layer){"key switch", s, seg->out, seg->out, p->times.key_switch[s], NAN};
    }
    return count;
}

/* ---- text ---------------------------------------------------------------------------------- */

void cn_preset_print_setup(const cn_preset *p, const cn_bench *b) {
    cn_preset_layer rows[CN_PRESET_LAYERS_MAX];
    size_t count = cn_preset_layers(rows, p);
    cn_bench_print_machine(b);
    if (b->options->mnist)
        printf("data         MNIST test set in %s, %zu images\n", b->options->mnist, b->data.count);
    else
        printf("data         %zu SYNTHETIC digits, easier than MNIST: fetch the real ones with tools/fetch-mnist DIR, then --mnist DIR\n",
               b->data.count);
    printf("preset       %s, keys and ciphertexts of type %s\n", b->options->preset, CN_P16_TYPE);
    puts("SECURITY     " WARNING_1 "\n             " WARNING_2);
    if (b->options->seeded) puts("randomness   deterministic (--seed): NOT secure");
    printf("scheme       " SCHEME ", n = %zu, q = 2^383 - 2^33 + 1, t = %llu and %llu, words of %u bits\n", p->params.n,
           (unsigned long long)p->params.t[0], (unsigned long long)p->params.t[1], p->params.w_bits);
    printf("network      %s:", b->model->name);
    for (size_t i = 0; i < count; i++) printf("%s %s %zu", i ? "," : "", rows[i].name, rows[i].outputs);
    printf("\nnoise        of the scores at most 2^%.1f, whatever keys, errors and images are; decryption allows 2^%.1f\n", p->log2_noise,
           p->log2_limit);
    fflush(stdout);
}

/** A figure of the paper, or a dash. */
static const char *paper_text(char text[16], double x) {
    if (isnan(x)) return "-";
    snprintf(text, 16, "%g", x);
    return text;
}

static void print_layers(const cn_preset *p, const cn_bench_result *r) {
    cn_preset_layer rows[CN_PRESET_LAYERS_MAX];
    size_t count = cn_preset_layers(rows, p);
    double paper = 0;
    char text[16];
    printf("\n%-3s %-14s %8s %11s %14s %16s\n", "seg", "layer", "outputs", "operations", "this run, s", "CryptoNets, s");
    for (size_t i = 0; i < count; i++) {
        printf("%-3u %-14s %8zu %11zu %14.3f %16s\n", rows[i].segment + 1, rows[i].name, rows[i].outputs, rows[i].operations,
               rows[i].seconds, paper_text(text, rows[i].paper));
        if (!isnan(rows[i].paper)) paper += rows[i].paper;
    }
    printf("%-3s %-14s %8s %11s %14.3f %16s\n", "", "all", "", "", r->evaluate, paper_text(text, paper > 0 ? paper : NAN));
    printf("Operations per slot and plaintext prime. This run: both primes, all %zu slots; the paper: 4,096 images, one Xeon E5-1620 "
           "PC.\nThe paper's layers are a convolution, a square, pool and dense in one, a square, and a dense layer.\n", p->params.n);
}

static void row(const char *name, const char *paper, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static void row(const char *name, const char *paper, const char *fmt, ...) {
    char text[64];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    printf("%-38s %14s %16s\n", name, text, paper);
}

void cn_preset_print_results(const cn_preset *p, const cn_bench *b) {
    const cn_bench_result *r = &b->result;
    double images = (double)r->images, slots = (double)b->slots;
    cn_bench_draw(b);
    print_layers(p, r);
    putchar('\n');
    row("", "CryptoNets, 2016", "this run");
    row("images", "4096", "%zu", r->images);
    row("keys, s", "", "%.3f", r->keygen);
    row("encode and encrypt, s", "122", "%.3f", r->encrypt);
    row("evaluate, s", "250", "%.3f", r->evaluate);
    row("the same, processor s", "", "%.3f", p->evaluate_cpu);
    row("decrypt, s", "5", "%.3f", r->decrypt);
    row("images per second, evaluate", "16.4", "%.1f", images / r->evaluate);
    row("upload, MB", "367.5", "%.1f", (double)r->upload * 1e-6);
    row("upload, KB per image of a full batch", "90", "%.1f", (double)r->upload * 1e-3 / slots);
    row("download, MB", "4.7", "%.2f", (double)r->download * 1e-6);
    row("evaluation keys, MB once", "", "%.2f", (double)r->evaluation_keys * 1e-6);
    row("peak memory, MB", "", "%.0f", (double)r->peak_rss * 1e-6);
    row("accuracy", "98.95 %", "%.2f %%", 100 * (double)r->correct / images);
    row("accuracy of the clear network", "", "%.2f %%", 100 * (double)r->clear_correct / images);
    row("scores unlike the clear network's", "", "%zu of %zu", r->mismatched, r->scores);
    row("scores outside the window", "", "%zu", r->out_of_window);
    puts("\n" WARNING_1 "\n" WARNING_2);
}

/* ---- JSON ---------------------------------------------------------------------------------- */

static void write_layers(cn_json *j, const cn_preset *p) {
    cn_preset_layer rows[CN_PRESET_LAYERS_MAX];
    size_t count = cn_preset_layers(rows, p);
    cn_json_open(j, "layers", '[');
    for (size_t i = 0; i < count; i++) {
        cn_json_open(j, NULL, '{');
        cn_json_text(j, "name", rows[i].name);
        cn_json_integer(j, "segment", rows[i].segment + 1);
        cn_json_integer(j, "outputs", rows[i].outputs);
        cn_json_integer(j, "operations", rows[i].operations);
        cn_json_number(j, "seconds", rows[i].seconds);
        cn_json_number(j, "paper_seconds", rows[i].paper);
        cn_json_close(j, '}');
    }
    cn_json_close(j, ']');
}

void cn_preset_json(cn_json *j, const cn_preset *p, const cn_bench *b) {
    const cn_bench_result *r = &b->result;
    double images = (double)r->images;
    cn_json_open(j, NULL, '{');
    cn_json_text(j, "version", cn_version());
    cn_json_text(j, "preset", b->options->preset);
    cn_json_text(j, "type", CN_P16_TYPE);
    cn_json_text(j, "label", LABEL);
    cn_json_text(j, "model", b->model->name);
    cn_json_bool(j, "synthetic", !b->options->mnist);
    cn_json_text(j, "scheme", SCHEME);
    cn_json_integer(j, "n", p->params.n);
    cn_json_number(j, "log2_q", cn_mpz_log2(p->params.q));
    cn_json_open(j, "t", '[');
    for (unsigned i = 0; i < CN_P16_PLAINS; i++) cn_json_integer(j, NULL, p->params.t[i]);
    cn_json_close(j, ']');
    cn_json_number(j, "T_bits", log2((double)cn_p16_t_product(&p->params)));
    cn_json_integer(j, "word_bits", p->params.w_bits);
    cn_json_integer(j, "security_bits", 0);
    cn_json_number(j, "noise_bound", p->log2_noise);
    cn_json_number(j, "limit", p->log2_limit);
    cn_json_text(j, "cpu", b->cpu);
    cn_json_number(j, "core_ghz", b->core_ghz);
    cn_json_integer(j, "threads", b->options->threads);
    cn_json_integer(j, "images", r->images);
    cn_json_integer(j, "slots", b->slots);
    cn_json_number(j, "accuracy", (double)r->correct / images);
    cn_json_number(j, "clear_accuracy", (double)r->clear_correct / images);
    cn_json_integer(j, "mismatched_logits", r->mismatched);
    cn_json_integer(j, "out_of_window", r->out_of_window);
    cn_json_open(j, "seconds", '{');
    cn_json_number(j, "keygen", r->keygen);
    cn_json_number(j, "encrypt", r->encrypt);
    cn_json_number(j, "evaluate", r->evaluate);
    cn_json_number(j, "decrypt", r->decrypt);
    cn_json_number(j, "evaluate_cpu", p->evaluate_cpu);
    cn_json_close(j, '}');
    cn_json_number(j, "images_per_second", images / r->evaluate);
    cn_json_open(j, "bytes", '{');
    cn_json_integer(j, "upload", r->upload);
    cn_json_integer(j, "evaluation_keys", r->evaluation_keys);
    cn_json_integer(j, "download", r->download);
    cn_json_close(j, '}');
    cn_json_number(j, "upload_bytes_per_image", (double)r->upload / (double)b->slots);
    cn_json_integer(j, "peak_rss_bytes", r->peak_rss);
    write_layers(j, p);
    cn_json_close(j, '}');
}
