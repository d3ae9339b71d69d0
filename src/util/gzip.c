/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Decompression of gzip data in memory. The result grows by doubling and never past the cap, so a small file
 *  that unpacks to gigabytes costs no more than the cap. */

#include "util/gzip.h"

#include "util/mem.h"
#include "util/status.h"

#include <string.h>

bool cn_is_gzip(const uint8_t *data, size_t size) { return size >= 2 && data[0] == 0x1f && data[1] == 0x8b; }

#ifdef HAVE_ZLIB

#include <zlib.h>

#define PIECE ((size_t)1 << 30) /* zlib counts in unsigned int */

static void *zlib_alloc(void *unused, unsigned count, unsigned size) {
    (void)unused;
    return cn_malloc(count, size);
}

static void zlib_free(void *unused, void *p) {
    (void)unused;
    cn_free(p);
}

/* Replace *buffer, of which used bytes count, by one of capacity + 1 bytes. */
static cn_status grow(uint8_t **buffer, size_t used, size_t capacity) {
    uint8_t *larger = cn_malloc(capacity + 1, 1);
    if (larger == NULL) return CN_ERR_MEMORY;
    if (used > 0) memcpy(larger, *buffer, used);
    cn_free(*buffer);
    *buffer = larger;
    return CN_OK;
}

static cn_status out_of_memory(void) {
    return cn_fail(CN_ERR_MEMORY, "gzip stream: no memory to decompress it; free memory or decompress the file beforehand");
}

cn_status cn_gunzip(uint8_t **out, size_t *out_size, const uint8_t *data, size_t size, size_t max_bytes) {
    z_stream z = {.zalloc = zlib_alloc, .zfree = zlib_free};
    cn_status status = CN_OK;
    uint8_t *buffer = NULL;
    size_t capacity = 0, used = 0, taken = 0; /* used <= capacity <= max_bytes + 1; taken <= size */
    max_bytes = CN_MIN(max_bytes, (size_t)PTRDIFF_MAX - 2);
    size_t limit = max_bytes + 1; /* one byte more shows that the cap is exceeded */
    *out = NULL;
    *out_size = 0;
    if (inflateInit2(&z, 15 + 16) != Z_OK) return out_of_memory(); /* 15 bits of window, 16: gzip wrapping only */

    for (int result = Z_OK; result != Z_STREAM_END;) {
        if (used == capacity) {
            size_t wanted = capacity == 0 ? CN_MAX(4 * size, (size_t)4096) : 2 * capacity; /* no overflow: in memory */
            capacity = CN_MIN(wanted, limit);
            CN_CHECK(grow(&buffer, used, capacity));
        }
        size_t room = CN_MIN(capacity - used, PIECE), input = CN_MIN(size - taken, PIECE);
        z.next_out = buffer + used;
        z.avail_out = (unsigned)room;
        z.next_in = (unsigned char *)(uintptr_t)(data + taken); /* zlib only reads there */
        z.avail_in = (unsigned)input;
        result = inflate(&z, Z_NO_FLUSH);
        used += room - z.avail_out;
        taken += input - z.avail_in;

        if (used > max_bytes) {
            status = cn_fail(CN_ERR_OVERSIZED, "gzip stream: expected at most %zu bytes after decompression, found more; "
                             "use the intended file", max_bytes);
        } else if (result == Z_MEM_ERROR) {
            status = out_of_memory();
        } else if ((result == Z_OK || result == Z_BUF_ERROR) && taken == size && used < capacity) {
            status = cn_fail(CN_ERR_TRUNCATED, "gzip stream: expected an end-of-stream mark, found the end of the file after "
                             "%zu bytes; fetch the file again", size);
        } else if (result != Z_OK && result != Z_BUF_ERROR && result != Z_STREAM_END) {
            status = cn_fail(CN_ERR_FORMAT, "gzip stream: expected valid data at offset %zu, found an error (%s); "
                             "fetch the file again", taken, z.msg != NULL ? z.msg : "preset dictionary");
        }
        if (status != CN_OK) goto cleanup;
    }
    if (taken != size) {
        status = cn_fail(CN_ERR_FORMAT, "gzip stream: expected the end of the file at offset %zu, found %zu bytes more; "
                         "fetch the file again", taken, size - taken);
        goto cleanup;
    }
    buffer[used] = 0;
    *out = buffer;
    *out_size = used;
    buffer = NULL;
cleanup:
    inflateEnd(&z);
    cn_free(buffer);
    return status;
}

#else

cn_status cn_gunzip(uint8_t **out, size_t *out_size, const uint8_t *data, size_t size, size_t max_bytes) {
    (void)data, (void)size, (void)max_bytes;
    *out = NULL;
    *out_size = 0;
    return cn_fail(CN_ERR_UNSUPPORTED, "gzip stream: expected plain data, found compressed data, which this build cannot "
                   "read; decompress the file with gunzip, or build with zlib");
}

#endif
