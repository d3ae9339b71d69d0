# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors
#
# The command. It sees the library through its public headers only.

bin_PROGRAMS += cryptonets
cryptonets_SOURCES = \
	src/cli/cli.h \
	src/cli/cmd_import.c \
	src/cli/cmd_quantise.c \
	src/cli/main.c
cryptonets_LDADD = libcryptonets.la
