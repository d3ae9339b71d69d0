# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors

test_sources += \
	tests/clear_naive.c tests/clear_naive.h \
	tests/netgen.c tests/netgen.h \
	src/cli/check.c src/cli/check.h \
	tests/test_check.c \
	tests/test_clear.c \
	tests/test_cost_files.c \
	tests/test_costs.c \
	tests/test_infer_faults.c \
	tests/test_infer_prefix.c \
	tests/test_infer_random.c \
	tests/test_linear.c \
	tests/test_memory.c \
	tests/test_moments.c \
	tests/test_network_noise.c \
	tests/test_plan.c \
	tests/test_flood.c \
	tests/test_privacy.c \
	tests/test_privacy_plans.c \
	tests/test_program.c \
	tests/test_npy.c \
	tests/test_quantise.c \
	tests/test_single.c \
	tests/test_single_images.c \
	tests/test_single_wire.c \
	tests/test_single_wire_faults.c \
	tests/single_files.c tests/single_files.h \
	tests/test_ways.c \
	tests/test_wire.c \
	tests/test_wire_bytes.c \
	tests/test_wire_faults.c \
	tests/test_wire_kill.c \
	tests/wire_files.c tests/wire_files.h \
	tests/test_range.c
