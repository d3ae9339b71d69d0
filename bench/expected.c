/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Pinned results.
 *
 *  Counts: the clear network in exact integers over the MNIST test set, in its order. Nothing in them depends on keys, machine or
 *  threads. After a network has been replaced, `bench/reproduce --only networks` prints the new digest, and `cryptonets-mnist
 *  --sweep --limit N --json FILE` the accuracy of the first N images.
 *
 *  Errors of activations: Remez' algorithm with the exchange of all points, in 40 decimal digits, on the half interval that
 *  symmetry leaves: odd powers for sigmoid - 1/2 and tanh, even ones for relu - x/2. Another program, another method and another
 *  arithmetic than src/approx. */

#include "bench/expected.h"

#include <string.h>

const size_t cn_expected_images[CN_EXPECTED_COUNTS] = {10000, 8192, 1000};

const cn_expected_model cn_expected_models[] = {
    {"accurate", "afee90f8e6a6f6a077091c05db91e4f8b10c72cbba253051dee0642a8e41cd79", {9935, 8137, 992}},
    {"accurate-small", "6fb2f0a674c358d45355b495de4aee53aef3aaaebf7e808241a04410adcaba2e", {9918, 8121, 994}},
    {"depth1", "d570e756f57ccd6cd06a59af7e0ef733314a2b7fd81cba266c4d283d7473c8aa", {9800, 8017, 975}},
    {"fast", "fb6fbbd9043bfaff7aa13d81518657e8a5442ac9af7c27f593cf067f68c71dbb", {9885, 8088, 992}},
    {"paper", "de27b6bae1e08e33ca811182e8e64c969614ae30d5eb617bea5e124e2b5afede", {9915, 8118, 992}},
    {"paper-31bit", "bd9975822cd0c989f2746eb521afca87c0d21aafe60f3b10831d300c0b756029", {9880, 8085, 987}},
    {"paper-small", "21a36dbbda8ce821ab24f1b3c906ed903b9377482c56fb03d51a9074aa613812", {9893, 8096, 989}},
    {"wide8", "2b4b91263574ac94d2eafcc122bb62451ee8d7de359be27e6d9364f587ee0665", {666, 562, 83}}, /* random weights: chance */
};
const size_t cn_expected_count = sizeof cn_expected_models / sizeof cn_expected_models[0];

const char *const cn_expected_images_digest = "09c4665ae077affce0ff69086a67e5612162c6bdff3131b000a72cbe4706db3d";
const char *const cn_expected_labels_digest = "c0eb869a9087dd109a09f6edb9c3456ab338cad41428e18599a2799cebcf595a";

const cn_expected_errors cn_expected_activations[] = {
    {"sigmoid",
     {0.206163912331173, 0.206163912331173, 0.0894603755084224, 0.0894603755084224, 0.0408533151105676, 0.0408533151105676,
      0.0188923101173633, 0.0188923101173633, 0.00876631658404074}},
    {"tanh",
     {0.604829195581107, 0.604829195581107, 0.369428365885872, 0.369428365885872, 0.239483703232484, 0.239483703232484,
      0.159049566156133, 0.159049566156133, 0.10672395152253}},
    {"relu",
     {2.0, 0.5, 0.5, 0.270483597111137, 0.270483597111137, 0.18371624826745, 0.18371624826745, 0.138758912337526, 0.138758912337526}},
};
const size_t cn_expected_functions = sizeof cn_expected_activations / sizeof cn_expected_activations[0];

const cn_expected_model *cn_expected_find(const char *name) {
    for (size_t i = 0; i < cn_expected_count; i++)
        if (strcmp(cn_expected_models[i].name, name) == 0) return &cn_expected_models[i];
    return NULL;
}

long cn_expected_right(const cn_expected_model *m, size_t count) {
    for (size_t i = 0; i < CN_EXPECTED_COUNTS; i++)
        if (cn_expected_images[i] == count) return m->right[i];
    return -1;
}
