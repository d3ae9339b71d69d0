#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors
#
# Every fuzz target on its corpus, then on some mutations of it.
folder=${srcdir:-.}/tests/fuzz
. "$folder/lib.sh"
failed=0
for source in "$folder"/fuzz_*.c; do
    target=$(basename "$source" .c)
    target=${target#fuzz_}
    work=$(mktemp -d) || exit 99 # libFuzzer writes new inputs to the first folder
    "./tests/fuzz/fuzz_$target" -runs=10000 -max_len="$(length "$target")" "$work" "$folder/corpus/$target" \
        > "$work.log" 2>&1 || {
        echo "FAIL: $target"
        failed=1
    }
    tail -n 1 "$work.log"
    rm -rf "$work" "$work.log"
done
exit $failed
