# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors

test_sources += \
	tests/test_approx.c \
	tests/test_approx_sup.c \
	tests/test_certify.c

approx_test_scripts = tests/test_cli_approx.sh
dist_check_SCRIPTS += $(approx_test_scripts)
TESTS += $(approx_test_scripts)
