# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors
#
# The command. approx and check look into networks, so it is linked with the objects of the library and not with the shared one.
# check measures noise, on keys that it makes and throws away: the library cannot (CN_MEASURE).

bin_PROGRAMS += cryptonets
cryptonets_SOURCES = \
	$(approx_sources) \
	$(json_sources) \
	src/cli/approx.h \
	src/cli/approx_certify.c \
	src/cli/approx_fit.c \
	src/cli/batches.c src/cli/batches.h \
	src/cli/cli.h \
	src/cli/client_side.c src/cli/sides.h \
	src/cli/cmd_approx.c \
	src/cli/check.c src/cli/check.h \
	src/cli/cmd_check.c \
	src/cli/cmd_decrypt.c \
	src/cli/cmd_encrypt.c \
	src/cli/cmd_explain.c \
	src/cli/cmd_import.c \
	src/cli/cmd_infer.c \
	src/cli/cmd_inspect.c \
	src/cli/cmd_keygen.c \
	src/cli/cmd_plan.c \
	src/cli/cmd_quantise.c \
	src/cli/cmd_selftest.c \
	src/cli/images.c src/cli/images.h \
	src/cli/infer.h \
	src/cli/infer_report.c \
	src/cli/main.c \
	src/cli/options.c \
	src/cli/plan_all.c src/cli/plan_all.h \
	src/cli/plan_json.c src/cli/plan_json.h \
	src/cli/plan_packed.c src/cli/plan_packed.h \
	src/cli/png.c src/cli/png.h \
	src/cli/progress.c src/cli/progress.h \
	src/cli/selftest.c src/cli/selftest.h \
	src/cli/selftest_relations.c \
	src/cli/server_side.c \
	src/he/noise_measure.c
cryptonets_CPPFLAGS = $(AM_CPPFLAGS) -DCN_MEASURE $(LIBPNG_CFLAGS)
cryptonets_LDADD = libcn_core.la $(LIBPNG_LIBS)
