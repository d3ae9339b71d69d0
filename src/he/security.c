/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The security table, and nothing else.
 *
 *  Largest log2(QP) for a ternary secret and error standard deviation 3.19, classical attacks (uSVP, dual hybrid, BDD,
 *  primal hybrid; MATZOV cost): Bossuat, Cammarota, Chillotti, Curtis, Dai, Gong, Hales, Kim, Kumara, Lee, Lu, Maple, Pedrouzo-Ulloa,
 *  Player, Polyakov, Lopez, Song, Yhee, "Security Guidelines for Implementing Homomorphic Encryption",
 *  eprint 2024/463, Table 5.2. It supersedes the 2018 table of HomomorphicEncryption.org, whose entries are up to
 *  13 bits larger. The centred binomial error used here (parameter 21, standard deviation 3.24) is one of the
 *  alternatives named there. */

#include <math.h>

#include "cryptonets_he.h"
#include "util/common.h"

static const struct {
    size_t n;
    unsigned bits128, bits192, bits256;
} cn_security_table[] = {
    {1024, 26, 0, 0},        {2048, 53, 36, 27},      {4096, 106, 73, 56},      {8192, 214, 147, 114},
    {16384, 430, 297, 230},  {32768, 868, 597, 462},  {65536, 1747, 1199, 929},
};

unsigned cn_security_max_log2_qp(size_t n, unsigned level) {
    for (size_t i = 0; i < CN_ARRAY_LEN(cn_security_table); i++) {
        if (cn_security_table[i].n != n) continue;
        if (level == 128) return cn_security_table[i].bits128;
        if (level == 192) return cn_security_table[i].bits192;
        if (level == 256) return cn_security_table[i].bits256;
    }
    return 0;
}

unsigned cn_security_bits(size_t n, double log2_qp) {
    static const unsigned level[] = {256, 192, 128};
    for (size_t i = 0; i < CN_ARRAY_LEN(level); i++) {
        unsigned limit = cn_security_max_log2_qp(n, level[i]);
        if (limit && log2_qp <= (double)limit) return level[i];
    }
    return 0;
}
