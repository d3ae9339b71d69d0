# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors
#
# Networks, trained but for one that serves for timing, installed for users and for the benchmarks (bench/models/README.md).

modelsdir = $(pkgdatadir)/models
dist_models_DATA = \
	bench/models/README.md \
	bench/models/accurate-small.cnm \
	bench/models/accurate.cnm \
	bench/models/depth1.cnm \
	bench/models/fast.cnm \
	bench/models/paper-31bit.cnm \
	bench/models/paper-small.cnm \
	bench/models/paper.cnm \
	bench/models/wide8.cnm
