# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors
#
# Networks are the server's: reading, planning, evaluating them. A client knows plans, requests and replies.

base_sources += \
	src/nn/cost.h \
	src/nn/costs.c \
	src/nn/forecast.h \
	src/nn/layout.h \
	src/nn/linear.h \
	src/nn/model.h \
	src/nn/plan.h \
	src/nn/plan_describe.c \
	src/nn/plan_object.c \
	src/nn/program.h \
	src/nn/scores.c \
	src/nn/single.h \
	src/nn/single_describe.c \
	src/nn/single_object.c \
	src/nn/single_wire.c src/nn/single_wire.h \
	src/nn/wire.c src/nn/wire.h

client_sources += \
	src/nn/client.c src/nn/client.h \
	src/nn/single_client.c src/nn/single_client.h

server_sources += \
	src/nn/choice.c \
	src/nn/clear.c src/nn/clear.h \
	src/nn/cost.c \
	src/nn/cost_file.c \
	src/nn/evaluate.c \
	src/nn/flood_reply.c \
	src/nn/forecast.c \
	src/nn/ledger.c \
	src/nn/linear.c \
	src/nn/model.c \
	src/nn/model_describe.c \
	src/nn/model_format.h \
	src/nn/model_import.c \
	src/nn/model_io.c \
	src/nn/model_write.c \
	src/nn/moments.c src/nn/moments.h \
	src/nn/npy.c src/nn/npy.h \
	src/nn/plan.c \
	src/nn/program.c \
	src/nn/quantise.c \
	src/nn/range.c src/nn/range.h \
	src/nn/real.c src/nn/real.h \
	src/nn/real_file.c \
	src/nn/search.c \
	src/nn/server.c src/nn/server.h \
	src/nn/single_evaluate.c \
	src/nn/single_forecast.c \
	src/nn/single_layout.c \
	src/nn/single_plan.c \
	src/nn/single_rebuild.c \
	src/nn/single_search.c src/nn/single_search.h \
	src/nn/single_server.c src/nn/single_server.h \
	src/nn/text.c src/nn/text.h \
	src/nn/tile.c src/nn/tile.h
