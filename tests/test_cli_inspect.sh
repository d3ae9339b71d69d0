#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors
#
# The subcommands explain, inspect, selftest and check, from outside.
program=${CRYPTONETS:-$PWD/cryptonets}
own_name=cryptonets

. "$(dirname "$0")/lib.sh"
header=$top/include/cryptonets.h

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

# Real objects of a network of two inputs, and what inspect says of them.
mkdir net
printf 'input 1 1 2\nfc 2\nsquare\nfc 1\nsquare\nfc 2\n' > net/net.txt
printf '1 -2\n3 1\n' > net/W1.txt; printf '0\n1\n' > net/b1.txt
printf '1 -1\n' > net/W2.txt; printf '5\n' > net/b2.txt
printf '1\n-1\n' > net/W3.txt; printf '0\n0\n' > net/b3.txt
printf '\1\2\377\0\7\10' > three.raw
expect 0 '^model  net$' import net net.cnm
expect 0 '^model ' plan --out=net.plan net.cnm
expect 0 . keygen --plan=net.plan keys
expect 0 '^3 images in 1 request$' encrypt --plan=net.plan --key=keys/secret.key --format=raw three.raw r.req
expect 0 . infer --plan=net.plan --model=net.cnm --evaluation-key=keys/evaluation.key r.req r.rep
for file in net.plan:plan keys/secret.key:'secret key' keys/evaluation.key:'evaluation key' r.req:request r.rep:reply; do
    case $file in r.rep:* | keys/secret.key:*) version=2 ;; *) version=1 ;; esac
    expect 0 "^object       ${file#*:}, version $version$" inspect --plan=net.plan "${file%%:*}"
    case $file in
        *.plan:*) grep -q '^plaintext  ' out || fail 'a plan is described' ;;
        *) grep -q '^content      .*of the plan' out || fail "${file#*:}: its content" ;;
    esac
    grep -q '^length  *[0-9]* bytes$' out || fail "${file#*:}: its length"
done
if command -v gzip > /dev/null; then # there is one way to write an object
    gzip -c net.plan > z.plan
    expect 1 'z.plan: object: expected a plan, key, request or reply, found another kind of file' selftest --plan=z.plan
fi
expect 0 '^images       3$' inspect r.rep
expect 0 '^content      not looked at' inspect keys/secret.key
expect 0 '^model ' plan --public-key --out=other.plan net.cnm
"$program" inspect --plan=other.plan r.rep > out 2> err && fail 'a reply of another plan: expected a refusal'
grep -q 'r.rep: reply: belongs to another plan' err || fail 'a reply of another plan: the reason'

expect 0 '^net: 3 images, every value equal after every layer$' check --format=raw net.cnm three.raw
[ "$(grep -c '^\(dense\|square\) .* 0  ' out)" -eq 5 ] || fail 'check: a row for each of five layers'
expect 0 '^net: 2 images' check --format=raw --count=2 --threads=2 net.cnm three.raw
expect 1 'none' check net.cnm none
expect 2 'check: expected MODEL and IMAGES' check net.cnm
expect 0 '^Usage: cryptonets check ' check --help

finish
