# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors

dist_noinst_SCRIPTS += tools/quickstart tools/fetch-mnist tools/make-man3 tools/make-network tools/make-wide8
EXTRA_DIST += \
	tools/train/data.py \
	tools/train/export.py \
	tools/train/nets.py \
	tools/train/quantise.py \
	tools/train/recipes.py \
	tools/train/tabular.py \
	tools/train/teacher.py \
	tools/train/train.py

bashcompletiondir = $(datadir)/bash-completion/completions
dist_bashcompletion_DATA = tools/completion/cryptonets
