# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors
#
# Polynomials that stand for activations: for the command `cryptonets approx` and its tests, no part of the installed library.

approx_sources = \
	src/approx/certify.c src/approx/certify.h \
	src/approx/fit.c src/approx/fit.h \
	src/approx/function.c src/approx/function.h \
	src/approx/poly.c src/approx/poly.h \
	src/approx/quantise.c src/approx/quantise.h \
	src/approx/remez.c \
	src/approx/sup.c src/approx/sup.h \
	src/approx/svg.c src/approx/svg.h
