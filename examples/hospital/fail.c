/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** One sentence per failure, fit for a terminal whatever a file put into it. */

#include "fail.h"

#include <stdarg.h>
#include <stdio.h>

bool hospital_fail(const char *format, ...) {
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    for (char *c = text; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f) *c = '?';
    fprintf(stderr, "hospital: %s\n", text);
    return false;
}

bool hospital_ok(cn_status status) {
    return status == CN_OK || hospital_fail("%s: %s", cn_status_name(status), cn_error_text());
}
