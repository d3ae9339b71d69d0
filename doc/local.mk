# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors

dist_doc_DATA += \
	CHANGELOG.md \
	README.md \
	SECURITY.md \
	doc/activations.md \
	doc/architecture.md \
	doc/constant-time.md \
	doc/depth.md \
	doc/encoders.md \
	doc/file-formats.md \
	doc/json.md \
	doc/noise.md \
	doc/notation.md \
	doc/packed.md \
	doc/reading-order.md \
	doc/training.md \
	doc/tutorial-tabular.md \
	doc/yashe.md

EXTRA_DIST += CONTRIBUTING.md

dist_man_MANS += doc/cryptonets.1 doc/cryptonets-mnist.1

# Pages of section 3 come from the comments of the headers.
doc/man3.list: $(include_HEADERS) tools/make-man3
	@$(MKDIR_P) doc
	$(AM_V_GEN)set -e; cd $(srcdir); tools/make-man3 "$(abs_builddir)/doc/man3" $(include_HEADERS) > "$(abs_builddir)/$@.tmp"
	@mv $@.tmp $@

all-local: doc/man3.list

install-data-local: doc/man3.list
	$(MKDIR_P) "$(DESTDIR)$(mandir)/man3"
	set -e; for page in `cat doc/man3.list`; do $(INSTALL_DATA) doc/man3/$$page "$(DESTDIR)$(mandir)/man3/$$page"; done

uninstall-local:
	@for page in `cat doc/man3.list`; do rm -f "$(DESTDIR)$(mandir)/man3/$$page"; done

CLEAN_FOLDERS += doc/man3
CLEANFILES += doc/man3.list
