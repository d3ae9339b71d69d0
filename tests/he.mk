# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors

test_sources += \
	tests/encode_testing.c tests/encode_testing.h \
	tests/he_import.c tests/he_import.h \
	tests/he_testing.c tests/he_testing.h \
	tests/reference_testing.c tests/reference_testing.h \
	tests/test_encode.c \
	tests/test_encode_digits.c \
	tests/test_he_exact.c \
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
	tests/test_paper2016.c \
	tests/test_params.c \
	tests/test_reference.c \
	tests/test_reference_schemes.c \
	tests/test_rotate.c \
	tests/test_turn.c \
	tests/test_yashe_noise.c
