# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors
#
# The benchmark, and the trained networks that it runs. The installed program sees the library through its public
# headers only, but for preset*.c, which repeats the experiment of 2016 with internal functions and the multi-precision
# reference, and latency_charts.c, which draws the forecast inside a packed plan; so it has the library inside. The test build of the same sources adds measured noise and --seed, and so
# links the test library.
# bench-kernels and bench-he time parts of the library: make bench. reproduce runs the experiments of the papers. None of them is
# installed.

include bench/models.mk

bin_PROGRAMS += bench/cryptonets-mnist
run_sources = \
	bench/bench.h \
	bench/chart.c bench/chart.h \
	bench/child.c \
	bench/command_line.c \
	bench/common.c bench/common.h \
	bench/draw.c \
	$(json_sources) \
	bench/result_file.c \
	bench/memory.c \
	bench/models.c \
	bench/prepare.c \
	bench/preset.c bench/preset.h \
	bench/preset_report.c \
	bench/report.c \
	bench/report_json.c \
	bench/run.c \
	bench/scaling.c \
	bench/timing.c bench/timing.h
bench_sources = \
	$(run_sources) \
	bench/cryptonets_mnist.c \
	bench/latency.c bench/latency.h \
	bench/latency_charts.c \
	bench/latency_json.c \
	bench/options.c \
	bench/run_chart.c \
	bench/sweep.c \
	bench/ways.c
bench_cppflags = $(AM_CPPFLAGS) -I$(top_srcdir) \
	-DCN_MODELS_INSTALLED='"$(modelsdir)"'

bench_cryptonets_mnist_SOURCES = $(bench_sources)
bench_cryptonets_mnist_CPPFLAGS = $(bench_cppflags)
bench_cryptonets_mnist_LDADD = libcn_reference.la libcn_core.la

if CN_TESTS
check_PROGRAMS += bench/cryptonets-mnist-test
bench_cryptonets_mnist_test_SOURCES = $(bench_sources) bench/measure.c $(reference_sources)
bench_cryptonets_mnist_test_CPPFLAGS = $(bench_cppflags) -DCN_TESTING
bench_cryptonets_mnist_test_LDADD = tests/libcn_noverify.a
endif

timing_sources = \
	bench/common.c bench/common.h \
	$(json_sources) \
	bench/result_file.c \
	bench/timing.c bench/timing.h
EXTRA_PROGRAMS += bench/bench-he
check_PROGRAMS += bench/bench-kernels
bench_bench_kernels_SOURCES = \
	bench/bench_kernels.c bench/bench_kernels.h \
	bench/kernels_bounds.c \
	bench/kernels_costs.c \
	bench/kernels_rate.c \
	bench/kernels_segment.c \
	bench/kernels_table.c \
	bench/models.c \
	$(timing_sources)
bench_bench_kernels_CPPFLAGS = $(bench_cppflags)
bench_bench_kernels_LDADD = libcn_core.la
bench_bench_he_SOURCES = bench/bench_he.c $(timing_sources)
bench_bench_he_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)
bench_bench_he_LDADD = libcryptonets.la

# The experiments of the papers: make reproduce, with MNIST_DIR set. A program for the build folder; not installed.
check_PROGRAMS += bench/reproduce
bench_reproduce_SOURCES = \
	$(run_sources) $(approx_sources) \
	bench/expected.c bench/expected.h \
	bench/html.c \
	bench/machine.c \
	bench/published.c bench/published.h \
	bench/reproduce.c bench/reproduce.h \
	bench/reproduce_accuracy.c \
	bench/reproduce_activations.c \
	bench/reproduce_draw.c \
	bench/reproduce_plans.c \
	bench/reproduce_rows.c \
	bench/reproduce_text.c \
	bench/reproduce_times.c
bench_reproduce_CPPFLAGS = $(bench_cppflags)
bench_reproduce_LDADD = libcn_reference.la libcn_core.la

# REPRODUCE_FLAGS: options such as --quick. The commit is named where the source is a working copy of git.
reproduce: all-local bench/reproduce$(EXEEXT)
	@set --; \
	if git -C '$(srcdir)' ls-files --error-unmatch configure.ac > /dev/null 2>&1; then \
	    set -- --note "commit=`git -C '$(srcdir)' describe --always --dirty --abbrev=40 --exclude='*'`"; \
	fi; \
	bench/reproduce$(EXEEXT) --out reproduce.html --json reproduce.json "$$@" \
	    --note 'flags=$(CC) $(AM_CFLAGS) $(CFLAGS)' $(REPRODUCE_FLAGS)

bench: all-local bench/bench-kernels$(EXEEXT) bench/bench-he$(EXEEXT)
	bench/bench-kernels --quick --json bench-kernels.json
	bench/bench-he --quick --json bench-he.json

CLEANFILES += bench/bench-he bench-kernels.json bench-he.json reproduce.html reproduce.json
.PHONY: bench reproduce

EXTRA_DIST += bench/README.md

# A program that has not been installed finds the networks beside itself.
all-local:
	@test -e bench/models || $(LN_S) $(abs_top_srcdir)/bench/models bench/models

distclean-local:
	@if test -L bench/models; then rm -f bench/models; fi
