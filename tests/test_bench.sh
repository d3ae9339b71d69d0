#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors
#
# The timing program bench-kernels from outside: its command line, one quick run and the JSON of it. Times are looked at for
# being there, nothing more.
program=${BENCH_KERNELS:-$PWD/bench/bench-kernels}
own_name=bench-kernels

. "$(dirname "$0")/lib.sh"
CRYPTONETS_MODELS=$models
export CRYPTONETS_MODELS

expect 0 '^Usage: bench-kernels ' --help
expect 0 '^bench-kernels [0-9]*\.[0-9]*\.[0-9]*$' --version
expect 2 "found '--frobnicate'; try 'bench-kernels --help'" --frobnicate
expect 2 'expected an argument' --only
expect 2 'expected a name of the table' --only frobnicate
expect 2 'expected options only' word
expect 2 'expected all kernels with --costs, found --only' --costs=a.costs --only=mul
expect 1 'nowhere/a.costs: expected to write the results there' --costs=nowhere/a.costs
expect 1 'nowhere/a.json: expected to write the results there' --quick --only mul --json nowhere/a.json

# What cannot be finished leaves the file of before as it was, and nothing beside it.
mkdir results
echo before > results/a.json
expect 1 'results: expected to write the results there' --quick --only mul --json results
timeout -s KILL 1 "$program" --json results/a.json > out 2> err
[ "$(cat results/a.json)" = before ] || fail 'results/a.json: expected it unchanged by a run that was ended'
[ "$(ls results)" = a.json ] || fail 'results: expected one file in it'

expect 0 '^mul .* portable ' --quick --only mul --json a.json
fields='name isa n ns_min ns_median cycles_per_element bound_ns fraction ratio_to_portable'
if command -v python3 > /dev/null 2>&1; then
    python3 - $fields > out 2> err <<'END' || fail 'a.json: expected records of mul with every field'
import json, sys
r = json.load(open("a.json"))
rows = r["kernels"]
assert r["cpu"] and r["core_ghz"] > 0 and rows[0]["isa"] == "portable" and rows[0]["ratio_to_portable"] == 1
assert all(set(sys.argv[1:]) <= set(row) and row["name"] == "mul" for row in rows)
assert all(0 < row["ns_min"] <= row["ns_median"] and row["cycles_per_element"] > 0 for row in rows)
END
else
    for field in cpu core_ghz kernels $fields; do
        grep -q "\"$field\": " a.json || fail "a.json: expected a field $field"
    done
fi

# A linear map has a bound wherever vector code runs, a portable kernel never.
expect 0 '^conv ' --quick --only conv --json b.json
grep -q '"bound_ns": null' b.json || fail 'b.json: expected no bound for the portable kernel'

# Costs of this machine, of one instruction set: a line for each, with a whole number above 0.
expect 0 '^costs with [a-z0-9]*, fs ' --quick --costs=a.costs
[ "$(head -n 1 a.costs)" = 'cryptonets costs 1' ] || fail 'a.costs: its first line'
[ "$(grep -c '^[a-z0-9]* [1-9][0-9]*$' a.costs)" -eq 10 ] || fail 'a.costs: expected ten costs'
CRYPTONETS_CPU=portable "$program" --quick --costs=b.costs > out 2> err || fail 'b.costs: portable'
grep -q '^costs with portable, fs ' out || fail 'b.costs: expected those of portable code'
# Without vector code a butterfly takes longer, wherever there is any.
[ "$(sed -n 's/^butterfly //p' a.costs)" -le $(($(sed -n 's/^butterfly //p' b.costs) * 2)) ] || fail 'butterflies: expected no slower ones with vectors'

# The segment of a network, with the shares of its stages.
expect 0 '^  conv .* conv and square [0-9.]* %$' --quick --only segment --json c.json
if command -v python3 > /dev/null 2>&1; then
    python3 > out 2> err <<'END' || fail 'c.json: expected shares that add up, and a bound wherever vector code runs'
import json
for row in json.load(open("c.json"))["kernels"]:
    assert row["n"] == 16 and set(row["shares"]) == {"conv", "square", "dense"} and abs(sum(row["shares"].values()) - 1) < 1e-9
    assert all(share > 0 for share in row["shares"].values())
    assert row["bound_ns"] is None if row["isa"] == "portable" else row["bound_ns"] > 0
END
fi

finish
