# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors

test_sources += \
	tests/test_float_mode.c \
	tests/test_int128.c \
	tests/test_kernels.c \
	tests/test_modulus.c \
	tests/test_ntt.c \
	tests/test_poly.c \
	tests/test_prime.c \
	tests/test_rns.c \
	tests/test_sample.c
