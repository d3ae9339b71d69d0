#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors
#
# run.sh FOLDER RUNS TARGET...: run targets with libFuzzer, one after the other, and print a line for each. An input that
# breaks a promise, leaks, takes longer than one second or allocates more than the cap ends the run; it is kept in fuzz-work.
folder=$1 runs=$2
shift 2
. "$folder/lib.sh"
malloc_mb=16 rss_mb=1024 # one block; the process with its shadow memory
failed=0 total=0
printf '%-16s %12s %9s %8s %10s\n' target executions per-second peak-MB slowest-s
for target in "$@"; do
    work=fuzz-work/$target
    mkdir -p "$work"
    log=$work.log
    ./tests/fuzz/fuzz_"$target" -runs="$runs" -max_len="$(length "$target")" -timeout=1 -malloc_limit_mb=$malloc_mb \
        -rss_limit_mb=$rss_mb -print_final_stats=1 -artifact_prefix="$work-" "$work" "$folder/corpus/$target" > "$log" 2>&1 || {
        echo "$target: failed; see $log"
        failed=1
    }
    stat() { sed -n "s/^stat::$1: *//p" "$log"; }
    executed=$(stat number_of_executed_units)
    total=$((total + ${executed:-0}))
    printf '%-16s %12s %9s %8s %10s\n' "$target" "$executed" "$(stat average_exec_per_sec)" "$(stat peak_rss_mb)" \
        "$(stat slowest_unit_time_sec)"
done
echo "executions: $total; cap of one allocation $malloc_mb MB, of the process $rss_mb MB"
exit $failed
