# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors
#
# The multi-precision reference: for tests and for the benchmark's parameters of 2016, no part of the installed library.

reference_sources = \
	src/reference/bfv.c src/reference/bfv.h \
	src/reference/paper2016.c src/reference/paper2016.h \
	src/reference/paper2016_eval.c \
	src/reference/paper2016_noise.c \
	src/reference/poly.c src/reference/poly.h \
	src/reference/yashe.c src/reference/yashe.h

noinst_LTLIBRARIES += libcn_reference.la
libcn_reference_la_SOURCES = $(reference_sources)
