# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors

test_sources += \
	tests/file_testing.c tests/file_testing.h \
	tests/test_util_base.c \
	tests/test_util_crypto.c \
	tests/test_util_file.c \
	tests/test_util_file_write.c \
	tests/test_util_gzip.c \
	tests/test_util_rng.c \
	tests/test_util_threads.c
