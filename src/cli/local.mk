# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors
#
# The command. approx looks into networks, so it is linked with the objects of the library and not with the shared one.

bin_PROGRAMS += cryptonets
cryptonets_SOURCES = \
	$(approx_sources) \
	$(json_sources) \
	src/cli/approx.h \
	src/cli/approx_certify.c \
	src/cli/approx_fit.c \
	src/cli/cli.h \
	src/cli/cmd_approx.c \
	src/cli/cmd_explain.c \
	src/cli/cmd_import.c \
	src/cli/cmd_inspect.c \
	src/cli/cmd_quantise.c \
	src/cli/cmd_selftest.c \
	src/cli/main.c \
	src/cli/selftest.c src/cli/selftest.h \
	src/cli/selftest_relations.c
cryptonets_LDADD = libcn_core.la
