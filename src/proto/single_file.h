/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Objects of packed evaluation in files: what the parts of src/proto share. The frame is that of all objects; where it wants a
 *  plan, it gets the base of the packed one, which has its digest. */

#ifndef CN_PROTO_SINGLE_FILE_H
#define CN_PROTO_SINGLE_FILE_H

#include "nn/single_wire.h"
#include "proto/key_file.h"

/** Readers of whole objects from memory, as the _load functions of cryptonets_wire.h, whose codes they return; what they make
 *  owns its memory. */
CN_MUST_USE cn_status cn_single_plan_parse(cn_single_plan **p, const uint8_t *data, size_t size);
CN_MUST_USE cn_status cn_single_request_parse(cn_single_request **r, const cn_single_plan *p, const uint8_t *data, size_t size);
CN_MUST_USE cn_status cn_single_reply_parse(cn_single_reply **r, const cn_single_plan *p, const cn_context *ctx,
                                            const uint8_t *data, size_t size);
CN_MUST_USE cn_status cn_single_evaluation_key_parse(cn_relin_key **relin, cn_rotation_key **rotations, const cn_single_plan *p,
                                                     const cn_context *ctx, const uint8_t *data, size_t size);

/** The content of a plan file without its frame: room that is enough for it; written, with as many words of scratch as an image
 *  has slots, its length returned; and read, with costs in it or without, as the version says, with the statuses of
 *  cn_single_plan_load, but the digest is computed, not compared. */
#define CN_SINGLE_CONTENT_MAX ((size_t)36 << 20) /* more than the largest plan takes */
size_t cn_single_content_room(const cn_single_plan *p);
size_t cn_single_content(uint8_t *content, const cn_single_plan *p, uint64_t *scratch);
CN_MUST_USE cn_status cn_single_content_parse(cn_single_plan **p, const uint8_t *content, size_t size, bool costs);

/** A whole evaluation key file.  In: relin NULL where the plan does not relinearise.  Returns: CN_OK, CN_ERR_MEMORY, as
 *  cn_frame_write. */
CN_MUST_USE cn_status cn_single_evaluation_key_write(const cn_relin_key *relin, const cn_rotation_key *rotations,
                                                     const cn_single_plan *p, const cn_context *ctx, const char *path,
                                                     bool fresh);

#endif
