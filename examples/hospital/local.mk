# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors
#
# The hospital example (doc/tutorial-tabular.md). make hospital builds what it needs and runs it.

check_PROGRAMS += examples/hospital/generate examples/hospital/hospital

examples_hospital_generate_SOURCES = \
	examples/hospital/auc.c examples/hospital/auc.h \
	examples/hospital/generate.c \
	examples/hospital/patients.c examples/hospital/patients.h
examples_hospital_generate_LDADD =

examples_hospital_hospital_SOURCES = \
	examples/hospital/auc.c examples/hospital/auc.h \
	examples/hospital/encrypted.c examples/hospital/encrypted.h \
	examples/hospital/fail.c examples/hospital/fail.h \
	examples/hospital/hospital.c \
	examples/hospital/predict.c examples/hospital/predict.h \
	examples/hospital/realnet.c examples/hospital/realnet.h \
	examples/hospital/records.c examples/hospital/records.h \
	examples/hospital/results.c examples/hospital/results.h \
	examples/hospital/scaling.c examples/hospital/scaling.h \
	examples/hospital/text.c examples/hospital/text.h
examples_hospital_hospital_LDADD = libcryptonets.la

hospital: cryptonets$(EXEEXT) examples/hospital/generate$(EXEEXT) examples/hospital/hospital$(EXEEXT)
	@CN_BUILD=. $(SHELL) $(srcdir)/examples/hospital/run $(HOSPITAL_FLAGS)

.PHONY: hospital

CLEAN_FOLDERS += hospital-out

dist_check_SCRIPTS += examples/test_hospital.sh
TESTS += examples/test_hospital.sh

dist_noinst_SCRIPTS += examples/hospital/run
EXTRA_DIST += \
	examples/hospital/models/hidden-float/README \
	examples/hospital/models/hidden-float/W1.txt \
	examples/hospital/models/hidden-float/W2.txt \
	examples/hospital/models/hidden-float/b1.txt \
	examples/hospital/models/hidden-float/b2.txt \
	examples/hospital/models/hidden-float/lut.txt \
	examples/hospital/models/hidden-float/net.txt \
	examples/hospital/models/hidden.cnm \
	examples/hospital/models/hidden/README \
	examples/hospital/models/hidden/W1.txt \
	examples/hospital/models/hidden/W2.txt \
	examples/hospital/models/hidden/b1.txt \
	examples/hospital/models/hidden/b2.txt \
	examples/hospital/models/hidden/lut.txt \
	examples/hospital/models/hidden/net.txt \
	examples/hospital/models/hidden/scaling.txt \
	examples/hospital/models/logistic-float/README \
	examples/hospital/models/logistic-float/W1.txt \
	examples/hospital/models/logistic-float/b1.txt \
	examples/hospital/models/logistic-float/lut.txt \
	examples/hospital/models/logistic-float/net.txt \
	examples/hospital/models/logistic.cnm \
	examples/hospital/models/logistic/README \
	examples/hospital/models/logistic/W1.txt \
	examples/hospital/models/logistic/b1.txt \
	examples/hospital/models/logistic/lut.txt \
	examples/hospital/models/logistic/net.txt \
	examples/hospital/models/logistic/scaling.txt
