#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors
#
# Runs tests/ctime under valgrind: fails on any branch or address that depends on a secret.

program=tests/ctime
valgrind=${VALGRIND:-valgrind}
if ! [ -x "$program" ]; then
    echo "skipped: built without valgrind/memcheck.h, or with sanitizers"
    exit 77
fi
if ! "$valgrind" --version >/dev/null 2>&1; then
    echo "skipped: valgrind not found"
    exit 77
fi
exec "$valgrind" --quiet --error-exitcode=1 --leak-check=no "./$program"
