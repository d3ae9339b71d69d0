/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** What the tests of models share: a small network with every layer type, and the test cases of the file format,
 *  which are part of the suite "model". */

#ifndef CN_TESTS_MODEL_SAMPLE_H
#define CN_TESTS_MODEL_SAMPLE_H

#include <check.h>

#include "nn/model.h"

/** Append a layer of this type to m; the caller fills it. */
cn_layer *tst_add_layer(cn_model *m, cn_layer_type type);

/** conv, square, pool, poly, flatten, dense on 1 x 5 x 5 pixels, with window, scales and wide numbers. Not finished;
 *  the caller releases it. */
cn_model *tst_small_model(void);

/** Test cases of test_model_file.c. */
TCase *tst_model_file_cases(void);

#endif
