# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors
#
# The constant-time test: the library with secrets marked (CN_CTIME), run under valgrind.

EXTRA_DIST += tests/test_ctime.sh

if CN_CTIME
check_LIBRARIES += tests/libcn_ctime.a
tests_libcn_ctime_a_SOURCES = $(core_sources)
tests_libcn_ctime_a_CPPFLAGS = $(AM_CPPFLAGS) -DCN_CTIME
check_PROGRAMS += tests/ctime
tests_ctime_SOURCES = tests/ctime.c
tests_ctime_CPPFLAGS = $(AM_CPPFLAGS) -DCN_CTIME
tests_ctime_LDADD = tests/libcn_ctime.a
endif

TESTS += tests/test_ctime.sh

check-ctime: $(check_PROGRAMS)
	VALGRIND='$(VALGRIND)' $(SHELL) $(srcdir)/tests/test_ctime.sh

.PHONY: check-ctime
