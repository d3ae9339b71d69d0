# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors
#
# The unit tests, one program built twice from the same sources: tests with all assertions (VERIFY), noverify_tests
# without, as the library is installed. Both see internal functions and test hooks (CN_TESTING), so they link their
# own copies of the library. The suites are listed in tests/main.c, their sources in the .mk file of their group.

include tests/util.mk
include tests/approx.mk
include tests/arith.mk
include tests/data.mk
include tests/he.mk
include tests/nn.mk
include tests/bench.mk

include tests/ctime.mk
include tests/fuzz/local.mk

test_common = tests/main.c tests/testing.c tests/testing.h $(test_sources) $(reference_sources) $(approx_sources)

test_scripts = tests/test_fetch_mnist.sh tests/test_symbols.sh
EXTRA_DIST += $(test_scripts) tests/lib.sh tests/summary.sh tests/installcheck.sh tests/client.c

# Also for the fuzz targets, which do not need Check.
check_LIBRARIES += tests/libcn_verify.a
tests_libcn_verify_a_SOURCES = $(core_sources)
tests_libcn_verify_a_CPPFLAGS = $(AM_CPPFLAGS) -DCN_TESTING -DVERIFY

if CN_TESTS
check_LIBRARIES += tests/libcn_noverify.a
tests_libcn_noverify_a_SOURCES = $(core_sources)
tests_libcn_noverify_a_CPPFLAGS = $(AM_CPPFLAGS) -DCN_TESTING

check_PROGRAMS += tests/tests tests/noverify_tests
tests_tests_SOURCES = $(test_common)
tests_tests_CPPFLAGS = $(AM_CPPFLAGS) -DCN_TESTING -DVERIFY
tests_tests_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_tests_LDADD = tests/libcn_verify.a $(CHECK_LIBS)
tests_noverify_tests_SOURCES = $(test_common)
tests_noverify_tests_CPPFLAGS = $(AM_CPPFLAGS) -DCN_TESTING
tests_noverify_tests_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_noverify_tests_LDADD = tests/libcn_noverify.a $(CHECK_LIBS)

unit_logs = tests/tests.log tests/noverify_tests.log
TESTS += tests/tests tests/noverify_tests

# The last line of make check: the sum over both programs.
check-local: check-TESTS
	@$(SHELL) $(srcdir)/tests/summary.sh $(unit_logs)

# Both programs in one process each under valgrind, with few iterations.
check-valgrind: $(check_PROGRAMS)
	@for program in tests/tests tests/noverify_tests; do \
	    echo "valgrind $$program"; \
	    srcdir='$(srcdir)' CK_FORK=no CK_DEFAULT_TIMEOUT=0 CN_TEST_ITERS=1 $(VALGRIND) --quiet --error-exitcode=1 \
	        --leak-check=full --errors-for-leak-kinds=definite ./$$program || exit 1; \
	done
endif

TESTS += $(test_scripts)
AM_TESTS_ENVIRONMENT = NM='$(NM)'; VALGRIND='$(VALGRIND)'; export NM VALGRIND;

# A client of the installed library, found through pkg-config.
installcheck-local:
	CC='$(CC)' CFLAGS='$(AM_CFLAGS) $(CFLAGS)' LDFLAGS='$(AM_LDFLAGS) $(LDFLAGS)' PKG_CONFIG='$(PKG_CONFIG)' \
	    $(SHELL) $(srcdir)/tests/installcheck.sh $(srcdir)/tests/client.c '$(DESTDIR)$(pkgconfigdir)' '$(DESTDIR)$(libdir)' \
	    '$(DESTDIR)$(bindir)' '$(PACKAGE_VERSION)'

.PHONY: check-valgrind
