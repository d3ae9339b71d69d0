# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors

test_sources += \
	tests/bfv_textbook.c tests/bfv_textbook.h \
	tests/he_testing.c tests/he_testing.h \
	tests/test_he_faults.c \
	tests/test_he_kat.c \
	tests/test_he_limit.c \
	tests/test_he_noise.c \
	tests/test_he_ops.c \
	tests/test_he_oracle.c \
	tests/test_he_refusals.c \
	tests/test_he_toy.c \
	tests/test_ntru_security.c \
	tests/test_pack.c \
	tests/test_params.c
