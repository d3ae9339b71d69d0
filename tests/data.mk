# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors

test_sources += \
	tests/model_sample.c tests/model_sample.h \
	tests/test_digits.c \
	tests/test_idx.c \
	tests/test_model.c \
	tests/test_model_file.c \
	tests/test_model_import.c

cli_test_scripts = tests/test_cli_costs.sh tests/test_cli_import.sh tests/test_cli_inspect.sh tests/test_cli_packed.sh \
	tests/test_cli_png.sh tests/test_cli_privacy.sh tests/test_cli_protocol.sh tests/test_cli_quantise.sh tests/test_completion.sh \
	tests/test_depth.sh tests/test_man3.sh tests/test_train.sh
dist_check_SCRIPTS += $(cli_test_scripts)
TESTS += $(cli_test_scripts)

# Images, labels and scores of the clear network and spoiled files for the scripts.
check_PROGRAMS += tests/cli_helper
tests_cli_helper_SOURCES = tests/cli_helper.c
tests_cli_helper_LDADD = libcn_core.la
