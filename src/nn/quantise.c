/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** A network with real weights becomes one with integers, by calibration alone: no training.
 *
 *  Layer by layer, as the values flow:
 *    scale    the weights of a layer are q s, q integers from -Q to Q, Q = 2^(bits-1) - 1. The step s is that of a grid
 *             for which the weights' squared error is least; weights beyond Q s are cut.
 *    biases   rounding makes an error whose mean is not 0, because squares are all positive. So the bias of each unit is
 *             moved until its mean over the calibration images is that of the real network (bias correction; Nagel et
 *             al., Data-Free Quantization, ICCV 2019). It is an integer of the layer's output scale, practically exact.
 *    window   1.25 times the range of the exact integer scores over all images given.
 *  Nothing is rescaled between layers: the result is exact integer arithmetic, like every other model's. */

#include "nn/real.h"

#include <math.h>
#include <string.h>

#include "nn/clear.h"
#include "util/mem.h"
#include "util/status.h"

#define CALIBRATED_MAX 1000 /* images whose values are followed through both networks */
#define GRID 60             /* steps tried per layer */
#define EXACT_BITS 120      /* scores must lie below 2^this */

typedef struct quantiser {
    cn_model *m;
    cn_real_net net;
    const cn_dataset *data;
    const cn_quantise_options *options;
    cn_quantise_report report;
    size_t images;          /* that calibrate */
    double *value, *next;   /* [images][values of the layer], real network */
    double *image, *mapped; /* likewise, integer network, as real numbers */
} quantiser;

static cn_status check_options(const cn_quantise_options *o, unsigned layers) {
    if (o->levels > 255)
        return cn_fail(CN_ERR_RANGE, "quantise: expected input levels of 1 to 255, found %u", o->levels);
    if (o->bits_count > 1 && o->bits_count != layers)
        return cn_fail(CN_ERR_SIZE, "quantise: expected bits for the %u layers with weights, or one number for all, found %zu",
                       layers, o->bits_count);
    for (size_t i = 0; i < o->bits_count; i++)
        if (o->bits[i] < 2 || o->bits[i] > 16)
            return cn_fail(CN_ERR_RANGE, "quantise: expected 2 to 16 bits per weight, found %u", o->bits[i]);
    return CN_OK;
}

static cn_status check_data(const cn_model *m, const cn_dataset *d) {
    if (d->count < 2) return cn_fail(CN_ERR_SIZE, "quantise: expected at least 2 images, found %zu", d->count);
    if (d->height * d->width != cn_model_inputs(m))
        return cn_fail(CN_ERR_MISMATCH, "quantise: expected images of %zu pixels, the network's inputs, found %zu x %zu",
                       cn_model_inputs(m), d->height, d->width);
    for (size_t i = 0; i < d->count; i++)
        if (d->labels[i] >= cn_model_outputs(m))
            return cn_fail(CN_ERR_MISMATCH, "quantise: image %zu: expected a label below %zu, the network's outputs, found %u", i,
                           cn_model_outputs(m), d->labels[i]);
    return CN_OK;
}

/** Integer inputs of at most `levels` in magnitude. */
static cn_status quantise_input(quantiser *q) {
    unsigned levels = q->options->levels != 0 ? q->options->levels : CN_QUANTISE_LEVELS;
    double most = 0;
    for (int i = 0; i < 256; i++) most = fmax(most, fabs(q->net.lut[i]));
    if (most == 0) return cn_fail(CN_ERR_RANGE, "look-up table: expected a value other than 0; check the lut file");
    q->m->input_scale = levels / most;
    for (int i = 0; i < 256; i++) q->m->lut[i] = (int64_t)rint(q->net.lut[i] * q->m->input_scale);
    return CN_OK;
}

static double quantised(double w, double step, double limit) { return fmax(-limit, fmin(limit, rint(w / step))); }

/** The step of least squared error; *error relative to the weights' root mean square. */
static double best_step(double *error, const double *w, size_t count, double limit) {
    double power = 0, best = INFINITY, chosen = 1;
    for (size_t i = 0; i < count; i++) power += w[i] * w[i];
    double rms = sqrt(power / (double)count);
    *error = 0;
    if (rms == 0) return chosen;
    for (int g = 1; g <= GRID; g++) {
        double step = rms * 4 * g / GRID / (limit < 3 ? 1.5 : limit), sum = 0;
        for (size_t i = 0; i < count; i++) {
            double d = quantised(w[i], step, limit) * step - w[i];
            sum += d * d;
        }
        if (sum < best) best = sum, chosen = step;
    }
    *error = sqrt(best / power);
    return chosen;
}

/** Weights, scale and biases of conv or dense layer i; the calibration values go through it in both networks. */
static cn_status quantise_layer(quantiser *q, unsigned i, double in_scale) {
    cn_layer *l = &q->m->layer[i];
    const cn_quantise_options *o = q->options;
    unsigned k = q->report.layers++;
    unsigned bits = o->bits_count == 0 ? CN_QUANTISE_BITS : o->bits[o->bits_count == 1 ? 0 : k];
    size_t in = cn_shape_size(l->in), out = cn_shape_size(l->out), per = out / l->units;
    double step = best_step(&q->report.layer[k].error, q->net.weight[i], l->weight_count, (1 << (bits - 1)) - 1);
    double *w = cn_malloc(l->weight_count, sizeof *w), *zero = cn_calloc(l->units, sizeof *zero);
    cn_status status = CN_ERR_MEMORY;
    if (w == NULL || zero == NULL) goto cleanup;
    for (size_t j = 0; j < l->weight_count; j++) {
        l->weight[j] = (int64_t)quantised(q->net.weight[i][j], step, (1 << (bits - 1)) - 1);
        w[j] = (double)l->weight[j] * step;
    }
    l->weight_scale = 1 / step;
    CN_CHECK(cn_layer_finish(l, i + 1, l->in, in_scale));
    for (size_t n = 0; n < q->images; n++) {
        cn_real_layer(q->next + n * out, l, q->net.weight[i], q->net.bias[i], q->value + n * in);
        cn_real_layer(q->mapped + n * out, l, w, zero, q->image + n * in);
    }
    for (size_t u = 0; u < l->units; u++) {
        double sum = 0;
        for (size_t n = 0; n < q->images; n++)
            for (size_t p = u * per; p < (u + 1) * per; p++) sum += q->next[n * out + p] - q->mapped[n * out + p];
        double bias = rint(sum / (double)(q->images * per) * l->out_scale);
        if (!(fabs(bias) < ldexp(1, CN_MODEL_WIDE_BITS)))
            CN_CHECK(cn_fail(CN_ERR_RANGE, "layer %u: expected a bias below 2^%d, found %g; use fewer bits", i + 1,
                             CN_MODEL_WIDE_BITS, bias));
        l->bias[u] = (cn_i128)bias;
        for (size_t n = 0; n < q->images; n++)
            for (size_t p = u * per; p < (u + 1) * per; p++) q->mapped[n * out + p] += bias / l->out_scale;
    }
    q->report.layer[k].bits = bits;
    q->report.layer[k].scale = l->weight_scale;
cleanup:
    cn_free(zero);
    cn_free(w);
    return status;
}

static void swap(double **a, double **b) {
    double *t = *a;
    *a = *b, *b = t;
}

static cn_status quantise_layers(quantiser *q) {
    double scale = q->m->input_scale;
    size_t inputs = cn_model_inputs(q->m);
    for (size_t n = 0; n < q->images * inputs; n++) {
        q->value[n] = q->net.lut[q->data->pixels[n]];
        q->image[n] = (double)q->m->lut[q->data->pixels[n]] / scale;
    }
    for (unsigned i = 0; i < q->m->layer_count; i++) {
        cn_layer *l = &q->m->layer[i];
        size_t in = cn_shape_size(l->in), out = cn_shape_size(l->out);
        if (l->weight_count > 0) {
            CN_TRY(quantise_layer(q, i, scale));
        } else {
            for (size_t n = 0; n < q->images; n++) {
                cn_real_layer(q->next + n * out, l, NULL, NULL, q->value + n * in);
                cn_real_layer(q->mapped + n * out, l, NULL, NULL, q->image + n * in);
            }
            CN_TRY(cn_layer_finish(l, i + 1, l->in, scale));
        }
        scale = l->out_scale;
        swap(&q->value, &q->next);
        swap(&q->image, &q->mapped);
    }
    return CN_OK;
}

/** Class that the real network finds, with two buffers of its widest layer. */
static size_t real_class(const quantiser *q, const uint8_t *pixels, double *x, double *y) {
    for (size_t i = 0; i < cn_model_inputs(q->m); i++) x[i] = q->net.lut[pixels[i]];
    for (unsigned i = 0; i < q->m->layer_count; i++) {
        cn_real_layer(y, &q->m->layer[i], q->net.weight[i], q->net.bias[i], x);
        swap(&x, &y);
    }
    size_t best = 0;
    for (size_t o = 1; o < cn_model_outputs(q->m); o++)
        if (x[o] > x[best]) best = o;
    return best;
}

/** Exact scores of all images, the window around them, and the share recognised among those that did not calibrate. */
static cn_status measure(quantiser *q) {
    const cn_dataset *d = q->data;
    size_t outputs = cn_model_outputs(q->m), inputs = cn_model_inputs(q->m), outside = 0, right = 0, real_right = 0;
    cn_i128 low, high, *scores = cn_malloc(d->count * outputs, sizeof *scores);
    cn_program program = {0};
    cn_status status = CN_ERR_MEMORY;
    if (scores == NULL) goto cleanup;
    CN_CHECK(cn_program_compile(&program, q->m, q->m->layer_count));
    low = -((cn_i128)1 << EXACT_BITS);
    CN_CHECK(cn_clear_run(scores, &outside, &program, q->m, low, -2 * low, -2 * low, d->pixels, d->count,
                          q->options->threads > 0 ? q->options->threads : 1));
    if (outside > 0)
        CN_CHECK(cn_fail(CN_ERR_RANGE, "quantise: expected scores below 2^%d, found larger ones; use fewer bits", EXACT_BITS));
    low = high = scores[0];
    for (size_t i = 1; i < d->count * outputs; i++) low = CN_MIN(low, scores[i]), high = CN_MAX(high, scores[i]);
    cn_i128 range = high - low + 1, width = range + (range + 3) / 4;
    q->m->window_lo = low - (width - range) / 2;
    q->m->window_t = width;
    q->m->has_window = true;
    for (size_t i = d->count - q->report.measured; i < d->count; i++) {
        right += cn_argmax(scores + i * outputs, outputs) == d->labels[i];
        real_right += real_class(q, d->pixels + i * inputs, q->value, q->next) == d->labels[i];
    }
    q->report.integer_accuracy = (double)right / (double)q->report.measured;
    q->report.real_accuracy = (double)real_right / (double)q->report.measured;
    q->report.window_bits = log2((double)width);
cleanup:
    cn_program_clear(&program);
    cn_free(scores);
    return status;
}

cn_status cn_model_quantise(cn_model **out, cn_quantise_report *report, const char *folder, const char *name,
                            const char *provenance, const cn_dataset *data, const cn_quantise_options *options) {
    static const cn_quantise_options defaults = {0};
    if (out != NULL) *out = NULL;
    if (out == NULL || folder == NULL || data == NULL || data->pixels == NULL || data->labels == NULL ||
        (options != NULL && options->bits_count > 0 && options->bits == NULL))
        return cn_fail(CN_ERR_NULL, "cn_model_quantise: expected a result, a folder, images with labels and a list of bits if it "
                                    "is counted, found NULL; pass them");
    quantiser q = {.data = data, .options = options != NULL ? options : &defaults};
    cn_status status;
    unsigned layers = 0;
    CN_CHECK(cn_real_import(&q.m, &q.net, folder, name, provenance));
    size_t widest = cn_model_inputs(q.m);
    for (unsigned i = 0; i < q.m->layer_count; i++) {
        layers += q.m->layer[i].weight_count > 0;
        widest = CN_MAX(widest, cn_shape_size(q.m->layer[i].out));
    }
    CN_CHECK(check_options(q.options, layers));
    CN_CHECK(check_data(q.m, data));
    q.images = CN_MIN(data->count / 2, (size_t)CALIBRATED_MAX);
    q.report.calibrated = q.images;
    q.report.measured = data->count - data->count / 2;
    double **buffer[] = {&q.value, &q.next, &q.image, &q.mapped};
    for (size_t i = 0; i < CN_ARRAY_LEN(buffer); i++)
        if ((*buffer[i] = cn_malloc(q.images * widest, sizeof(double))) == NULL) CN_CHECK(CN_ERR_MEMORY);
    CN_CHECK(quantise_input(&q));
    CN_CHECK(quantise_layers(&q));
    CN_CHECK(measure(&q));
    CN_CHECK(cn_model_finish(q.m));
    if (report != NULL) *report = q.report;
    *out = q.m;
    q.m = NULL;
cleanup:
    cn_free(q.value);
    cn_free(q.next);
    cn_free(q.image);
    cn_free(q.mapped);
    cn_real_clear(&q.net);
    cn_model_free(q.m);
    return status;
}
