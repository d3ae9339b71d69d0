# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors
#
# The benchmark, and the trained networks that it runs. The installed program sees the library through its public
# headers only; the test build of the same sources adds measured noise and --seed, and so links the test library.

include bench/models.mk

bin_PROGRAMS += bench/cryptonets-mnist
bench_sources = \
	bench/bench.h \
	bench/cryptonets_mnist.c \
	bench/draw.c \
	bench/json.c bench/json.h \
	bench/options.c \
	bench/report.c \
	bench/report_json.c \
	bench/run.c
bench_cppflags = $(AM_CPPFLAGS) -I$(top_srcdir) \
	-DCN_MODELS_INSTALLED='"$(modelsdir)"'

bench_cryptonets_mnist_SOURCES = $(bench_sources)
bench_cryptonets_mnist_CPPFLAGS = $(bench_cppflags)
bench_cryptonets_mnist_LDADD = libcryptonets.la

if CN_TESTS
check_PROGRAMS += bench/cryptonets-mnist-test
bench_cryptonets_mnist_test_SOURCES = $(bench_sources) bench/measure.c
bench_cryptonets_mnist_test_CPPFLAGS = $(bench_cppflags) -DCN_TESTING
bench_cryptonets_mnist_test_LDADD = tests/libcn_noverify.a
endif

EXTRA_DIST += bench/README.md

# A program that has not been installed finds the networks beside itself.
all-local:
	@test -e bench/models || $(LN_S) $(abs_top_srcdir)/bench/models bench/models

distclean-local:
	@if test -L bench/models; then rm -f bench/models; fi
