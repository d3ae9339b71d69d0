#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors
#
# The example does what its text says: digits read right, scores equal to those of the clear network, one line and exit
# code 1 where there is no model.
program=${CN_INFER:-$PWD/examples/infer}
model=${srcdir:-.}/bench/models/depth1.cnm
[ -x "$program" ] || { echo "skipped: no $program"; exit 77; }

output=$("$program" "$model") || { echo "FAIL: exit code $?"; exit 1; }
echo "$output"
right=$(echo "$output" | sed -n 's/^\([0-9]*\) of 10 images right, 0 of 100 scores unlike .*/\1/p')
[ "${right:-0}" -ge 8 ] || { echo 'FAIL: expected at least 8 of 10 images right and no score unlike'; exit 1; }

error=$("$program" none.cnm 2>&1 > /dev/null)
[ $? -eq 1 ] || { echo 'FAIL: expected exit code 1 without a model'; exit 1; }
echo "$error" | grep -q '^infer: CN_ERR_NOT_FOUND: none.cnm: ' || { echo "FAIL: found '$error'"; exit 1; }
echo 'all passed'
