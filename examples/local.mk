# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors
#
# Examples are compiled and run by make check.

check_PROGRAMS += examples/infer
examples_infer_SOURCES = examples/infer.c
examples_infer_LDADD = libcryptonets.la

dist_check_SCRIPTS += examples/test_infer.sh
TESTS += examples/test_infer.sh

include examples/hospital/local.mk
