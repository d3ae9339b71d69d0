/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** The version of the library; configure.ac is the one place that states it. */

#include "util/common.h"

#ifndef PACKAGE_VERSION
#error "PACKAGE_VERSION comes from config.h: run configure and compile with -DHAVE_CONFIG_H"
#endif

const char *cn_version(void) { return PACKAGE_VERSION; }
