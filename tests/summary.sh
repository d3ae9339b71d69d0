#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors
#
# Sum up the totals that the Check library printed: summary.sh LOG...
# Check writes one line per program: "99%: Checks: 200, Failures: 1, Errors: 1".
set -e
cat "$@" | awk '
    /^[0-9]+%: Checks: [0-9]+, Failures: [0-9]+, Errors: [0-9]+$/ {
        gsub(/[^0-9 ]/, "")
        checks += $2; failed += $3 + $4; programs++
    }
    /^compared with the multi-precision reference: [0-9]+ coefficients$/ { compared += $(NF - 1) }
    END {
        if (compared) printf "compared with the multi-precision reference: %d coefficients\n", compared
        printf "checks: %d passed, %d failed in %d programs\n", checks - failed, failed, programs
        exit failed > 0 || programs != ARGN
    }' ARGN=$#
