#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors
#
# The subcommands explain, inspect and selftest, from outside.
program=${CRYPTONETS:-$PWD/cryptonets}
srcdir=${srcdir:-.}
models=$(cd "$srcdir/bench/models" && pwd)
header=$(cd "$srcdir/include" && pwd)/cryptonets.h
own_name=cryptonets

. "$(dirname "$0")/lib.sh"

# Every status of the header has an explanation, by name and by number.
codes=$(sed -n 's/^ *\(CN_ERR_[A-Z_]*\) = \([0-9]*\).*/\1=\2/p' "$header")
[ "$(echo "$codes" | wc -l)" -ge 34 ] || fail 'expected the codes of cryptonets.h'
for code in $codes; do
    "$program" explain "${code%=*}" > by_name || fail "explain ${code%=*}"
    "$program" explain "${code#*=}" > by_number || fail "explain ${code#*=}"
    cmp -s by_name by_number || fail "$code: another text by number"
    grep -q "^${code%=*} (${code#*=})\$" by_name || fail "$code: its name"
    grep -q '^What to do:  ' by_name || fail "$code: what to do"
done
expect 0 '^CN_ERR_DIGEST (45)$' explain digest
expect 0 '^45  CN_ERR_DIGEST ' explain
expect 2 "explain: unknown code 'xyz'" explain xyz
expect 2 'explain: expected one CODE' explain 1 2
expect 0 '^Usage: cryptonets explain ' explain --help

expect 0 '^model  depth1$' inspect "$models/depth1.cnm"
head -c 1000 "$models/depth1.cnm" > short.cnm
expect 1 'short.cnm' inspect short.cnm
expect 1 'none: expected a readable file' inspect none
expect 1 'expected a plan, key, request or reply, found another kind of file' inspect "$header"
: > empty
expect 1 'empty: object: expected at least' inspect empty
expect 2 'inspect: expected one FILE, found 0 arguments' inspect
expect 0 '^Usage: cryptonets inspect ' inspect --help

expect 0 '^relations: passed$' selftest
grep -q '^known answers: passed$' out || fail 'known answers'
grep -q '^instruction sets: passed ([1-9])$' out || fail 'instruction sets'
expect 0 '^relations: passed$' selftest --model="$models/depth1.cnm"
expect 1 'none: expected' selftest --plan=none
expect 2 'selftest: expected options only' selftest now
expect 2 'selftest: expected --plan or --model, found both' selftest --plan=a --model=b
for isa in portable avx2 avx512ifma; do
    CRYPTONETS_CPU=$isa "$program" selftest > out 2> err || fail "selftest with CRYPTONETS_CPU=$isa"
    grep -q '^relations: passed$' out || fail "relations with CRYPTONETS_CPU=$isa"
done

finish
