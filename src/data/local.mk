# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors

base_sources += \
	src/data/digits.c \
	src/data/idx.c src/data/idx.h \
	src/data/mnist.c
