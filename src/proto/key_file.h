/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Keys in files: what the parts of src/proto share. */

#ifndef CN_PROTO_KEY_FILE_H
#define CN_PROTO_KEY_FILE_H

#include "he/key.h"
#include "proto/frame.h"

/** Bytes of n ternary coefficients, five in each. */
static inline size_t cn_ternary_bytes(size_t n) { return (n + 4) / 5; }

/** Bytes of a polynomial, limb after limb, each residue in as many bits as its prime has. */
size_t cn_poly_packed_bytes(const cn_poly *p, const cn_ring *ring);

/** Pack.  In: p reduced.  Out: that many bytes.  Returns: the place behind them. */
uint8_t *cn_poly_pack(uint8_t *out, const cn_poly *p, const cn_ring *ring);

/** Unpack into p of its final shape.  In: as many bytes as it takes; object for the failure text.
 *  Returns: the place behind them; NULL, with the text of CN_ERR_RANGE, if a residue is not below its prime. */
const uint8_t *cn_poly_unpack(cn_poly *p, const uint8_t *in, const char *object, const cn_ring *ring);

/** The polynomials of a relinearisation key.  Returns: their bytes. */
size_t cn_relin_pack(uint8_t *out, const cn_relin_key *rk, const cn_context *ctx);

/** A relinearisation key from its seed and these polynomials, as many bytes as it takes.  In: largest power, name of the key; object for the
 *  failure text.  Out: *rk, released with cn_relin_key_free; *in behind it.  Returns: CN_OK, CN_ERR_RANGE, CN_ERR_MEMORY. */
CN_MUST_USE cn_status cn_relin_unpack(cn_relin_key **rk, const uint8_t **in, unsigned power, const uint8_t id[CN_KEY_ID_BYTES],
                                      const char *object, const cn_context *ctx);

/** CN_OK for BFV, else CN_ERR_UNSUPPORTED. */
cn_status cn_bfv_only(const cn_context *ctx);

/** Whole files; statuses as in cryptonets_wire.h. */
CN_MUST_USE cn_status cn_public_key_write(const cn_public_key *pk, const cn_plan *p, const cn_context *ctx, const char *path, bool fresh);
CN_MUST_USE cn_status cn_public_key_read(cn_public_key **pk, const cn_plan *p, const cn_context *ctx, const char *path);
CN_MUST_USE cn_status cn_evaluation_key_write(const cn_relin_key *rk, const cn_plan *p, const cn_context *ctx, const char *path, bool fresh);

/** Secret keys, in the client's library only. In a packed plan's place stands its base. */
CN_MUST_USE cn_status cn_secret_key_write(const cn_secret_key *sk, const cn_plan *p, const cn_context *ctx, const char *path, bool fresh);
CN_MUST_USE cn_status cn_secret_key_read(cn_secret_key **sk, const cn_plan *p, const cn_context *ctx, const char *path);

#endif
