# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors

dist_noinst_SCRIPTS += tools/quickstart tools/fetch-mnist tools/make-wide8
