# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors

base_sources += \
	src/proto/fields.c src/proto/fields.h \
	src/proto/frame.c src/proto/frame.h \
	src/proto/key_file.c src/proto/key_file.h \
	src/proto/message_file.c \
	src/proto/plan_file.c \
	src/proto/single_file.h \
	src/proto/single_key_file.c \
	src/proto/single_message_file.c \
	src/proto/single_plan_file.c

client_sources += \
	src/proto/secret_file.c \
	src/proto/single_secret_file.c
