# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors

base_sources += \
	src/util/arena.c src/util/arena.h \
	src/util/bytes.h \
	src/util/chacha20.c src/util/chacha20.h \
	src/util/chacha20_avx2.c \
	src/util/chacha20_avx512.c \
	src/util/common.h \
	src/util/cpu.c src/util/cpu.h \
	src/util/ct.h \
	src/util/ctcheck.h \
	src/util/file.c src/util/file.h \
	src/util/gzip.c src/util/gzip.h \
	src/util/map.c src/util/map.h \
	src/util/mem.c src/util/mem.h \
	src/util/rng.c src/util/rng.h \
	src/util/sha3.c src/util/sha3.h \
	src/util/status.c src/util/status.h \
	src/util/threads.c src/util/threads.h \
	src/util/utf8.c src/util/utf8.h \
	src/util/verify.c src/util/verify.h \
	src/util/version.c

# The writer of JSON, for programs that write some: each compiles its own copy, the library has none.
json_sources = src/util/json.c src/util/json.h
