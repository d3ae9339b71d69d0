# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors
#
# Fuzz targets, one program each: with libFuzzer (configure --enable-fuzz), else with the driver replay.c, which repeats
# the corpus in make check. Both take the same words.

fuzz_names = plan secret_key public_key evaluation_key request reply single_plan single_evaluation_key single_request \
	single_reply model npy idx text
fuzz_shared = tests/fuzz/fuzz.c tests/fuzz/fuzz.h
fuzz_cppflags = $(AM_CPPFLAGS) -DCN_TESTING -DVERIFY
fuzz_ldadd = tests/libcn_verify.a
if CN_FUZZ
fuzz_ldflags = $(AM_LDFLAGS) -fsanitize=fuzzer
else
fuzz_shared += tests/fuzz/replay.c
fuzz_ldflags = $(AM_LDFLAGS)
endif

fuzz_programs = \
	tests/fuzz/fuzz_plan tests/fuzz/fuzz_secret_key tests/fuzz/fuzz_public_key tests/fuzz/fuzz_evaluation_key \
	tests/fuzz/fuzz_request tests/fuzz/fuzz_reply \
	tests/fuzz/fuzz_single_plan tests/fuzz/fuzz_single_evaluation_key tests/fuzz/fuzz_single_request \
	tests/fuzz/fuzz_single_reply tests/fuzz/fuzz_model tests/fuzz/fuzz_npy tests/fuzz/fuzz_idx tests/fuzz/fuzz_text
check_PROGRAMS += $(fuzz_programs)

tests_fuzz_fuzz_plan_SOURCES = tests/fuzz/fuzz_plan.c $(fuzz_shared)
tests_fuzz_fuzz_plan_CPPFLAGS = $(fuzz_cppflags)
tests_fuzz_fuzz_plan_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_plan_LDADD = $(fuzz_ldadd)

tests_fuzz_fuzz_secret_key_SOURCES = tests/fuzz/fuzz_secret_key.c $(fuzz_shared)
tests_fuzz_fuzz_secret_key_CPPFLAGS = $(fuzz_cppflags)
tests_fuzz_fuzz_secret_key_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_secret_key_LDADD = $(fuzz_ldadd)

tests_fuzz_fuzz_public_key_SOURCES = tests/fuzz/fuzz_public_key.c $(fuzz_shared)
tests_fuzz_fuzz_public_key_CPPFLAGS = $(fuzz_cppflags)
tests_fuzz_fuzz_public_key_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_public_key_LDADD = $(fuzz_ldadd)

tests_fuzz_fuzz_evaluation_key_SOURCES = tests/fuzz/fuzz_evaluation_key.c $(fuzz_shared)
tests_fuzz_fuzz_evaluation_key_CPPFLAGS = $(fuzz_cppflags)
tests_fuzz_fuzz_evaluation_key_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_evaluation_key_LDADD = $(fuzz_ldadd)

tests_fuzz_fuzz_request_SOURCES = tests/fuzz/fuzz_request.c $(fuzz_shared)
tests_fuzz_fuzz_request_CPPFLAGS = $(fuzz_cppflags)
tests_fuzz_fuzz_request_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_request_LDADD = $(fuzz_ldadd)

tests_fuzz_fuzz_reply_SOURCES = tests/fuzz/fuzz_reply.c $(fuzz_shared)
tests_fuzz_fuzz_reply_CPPFLAGS = $(fuzz_cppflags)
tests_fuzz_fuzz_reply_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_reply_LDADD = $(fuzz_ldadd)

tests_fuzz_fuzz_single_plan_SOURCES = tests/fuzz/fuzz_single_plan.c $(fuzz_shared)
tests_fuzz_fuzz_single_plan_CPPFLAGS = $(fuzz_cppflags)
tests_fuzz_fuzz_single_plan_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_single_plan_LDADD = $(fuzz_ldadd)

tests_fuzz_fuzz_single_evaluation_key_SOURCES = tests/fuzz/fuzz_single_evaluation_key.c $(fuzz_shared)
tests_fuzz_fuzz_single_evaluation_key_CPPFLAGS = $(fuzz_cppflags)
tests_fuzz_fuzz_single_evaluation_key_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_single_evaluation_key_LDADD = $(fuzz_ldadd)

tests_fuzz_fuzz_single_request_SOURCES = tests/fuzz/fuzz_single_request.c $(fuzz_shared)
tests_fuzz_fuzz_single_request_CPPFLAGS = $(fuzz_cppflags)
tests_fuzz_fuzz_single_request_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_single_request_LDADD = $(fuzz_ldadd)

tests_fuzz_fuzz_single_reply_SOURCES = tests/fuzz/fuzz_single_reply.c $(fuzz_shared)
tests_fuzz_fuzz_single_reply_CPPFLAGS = $(fuzz_cppflags)
tests_fuzz_fuzz_single_reply_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_single_reply_LDADD = $(fuzz_ldadd)

tests_fuzz_fuzz_model_SOURCES = tests/fuzz/fuzz_model.c $(fuzz_shared)
tests_fuzz_fuzz_model_CPPFLAGS = $(fuzz_cppflags)
tests_fuzz_fuzz_model_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_model_LDADD = $(fuzz_ldadd)

tests_fuzz_fuzz_npy_SOURCES = tests/fuzz/fuzz_npy.c $(fuzz_shared)
tests_fuzz_fuzz_npy_CPPFLAGS = $(fuzz_cppflags)
tests_fuzz_fuzz_npy_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_npy_LDADD = $(fuzz_ldadd)

tests_fuzz_fuzz_idx_SOURCES = tests/fuzz/fuzz_idx.c $(fuzz_shared)
tests_fuzz_fuzz_idx_CPPFLAGS = $(fuzz_cppflags)
tests_fuzz_fuzz_idx_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_idx_LDADD = $(fuzz_ldadd)

tests_fuzz_fuzz_text_SOURCES = tests/fuzz/fuzz_text.c $(fuzz_shared)
tests_fuzz_fuzz_text_CPPFLAGS = $(fuzz_cppflags)
tests_fuzz_fuzz_text_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_text_LDADD = $(fuzz_ldadd)

# The first files of the corpus (tests/fuzz/README.md).
EXTRA_PROGRAMS += tests/fuzz/seeds
tests_fuzz_seeds_SOURCES = tests/fuzz/seeds.c tests/fuzz/fuzz.c tests/fuzz/fuzz.h
tests_fuzz_seeds_CPPFLAGS = $(fuzz_cppflags)
tests_fuzz_seeds_LDADD = $(fuzz_ldadd)

TESTS += tests/fuzz/test_fuzz.sh
EXTRA_DIST += \
	tests/fuzz/README.md tests/fuzz/corpus tests/fuzz/ignore-coverage.txt tests/fuzz/ignore.txt tests/fuzz/lib.sh \
	tests/fuzz/replay.c tests/fuzz/run.sh tests/fuzz/test_fuzz.sh

# make fuzz FUZZ_RUNS=1000000 FUZZ_TARGETS='plan model'; what is found and new files of the corpus go to fuzz-work.
FUZZ_RUNS = 20000
FUZZ_TARGETS = $(fuzz_names)
fuzz: $(fuzz_programs)
if CN_FUZZ
	@$(SHELL) $(srcdir)/tests/fuzz/run.sh $(srcdir)/tests/fuzz '$(FUZZ_RUNS)' $(FUZZ_TARGETS)
else
	@echo "make fuzz needs clang with libFuzzer: CC=clang ../configure --enable-fuzz" >&2; exit 1
endif

mostlyclean-local:
	rm -rf fuzz-work

.PHONY: fuzz
