# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors
#
# What makes keys, encrypts and decrypts is the client's alone.

base_sources += \
	src/he/bfv.c \
	src/he/cipher.c src/he/cipher.h \
	src/he/context.c src/he/context.h \
	src/he/eval.c \
	src/he/flood.c src/he/flood.h \
	src/he/hoist.c src/he/hoist.h \
	src/he/key.c src/he/key.h \
	src/he/message.c \
	src/he/noise.c src/he/noise.h \
	src/he/ntru_attack.c \
	src/he/ntru_security.c src/he/ntru_security.h \
	src/he/pack.h \
	src/he/params.c src/he/params.h \
	src/he/relin.c \
	src/he/rotate.c src/he/rotate.h \
	src/he/scheme.c src/he/scheme.h \
	src/he/security.c \
	src/he/yashe.c

client_sources += \
	src/he/bfv_secret.c \
	src/he/decrypt.c \
	src/he/encode.h \
	src/he/encode_crt.c \
	src/he/encode_digits.c \
	src/he/encode_fixed.c \
	src/he/encrypt.c \
	src/he/keygen.c \
	src/he/noise_measure.c \
	src/he/rotation_secret.c \
	src/he/secret.h \
	src/he/yashe_secret.c
