/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Text and residues of 128-bit integers. Public data. */

#ifndef CN_ARITH_INT128_H
#define CN_ARITH_INT128_H

#include "arith/modulus.h"

#define CN_I128_TEXT 41 /* bytes that hold any value with sign and terminating zero */

/** Decimal text of x; returns out. */
char *cn_i128_format(char out[CN_I128_TEXT], cn_i128 x);

/** Parse a whole decimal token [+-]digits of length len.
 *  Returns: CN_OK, CN_ERR_FORMAT (not such a token), CN_ERR_RANGE (|x| >= 2^127); no text is set. */
cn_status cn_i128_parse(cn_i128 *x, const char *token, size_t len);

/** x modulo q, reduced. */
uint64_t cn_i128_mod(cn_i128 x, const cn_mod *m);

#endif
