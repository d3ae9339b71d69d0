# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors

dist_doc_DATA += \
	CHANGELOG.md \
	README.md \
	SECURITY.md \
	doc/activations.md \
	doc/architecture.md \
	doc/constant-time.md \
	doc/encoders.md \
	doc/file-formats.md \
	doc/json.md \
	doc/noise.md \
	doc/notation.md \
	doc/reading-order.md \
	doc/training.md \
	doc/tutorial-tabular.md \
	doc/yashe.md

EXTRA_DIST += CONTRIBUTING.md

dist_man_MANS += doc/cryptonets.1 doc/cryptonets-mnist.1
