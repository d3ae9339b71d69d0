#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors
#
# `cryptonets-mnist --ways` on networks of a few units: a row for every way that the planner lists (`cryptonets plan --all`),
# a time for every number of images, scores of all ways equal to those of the clear network, a choice for every number; a way
# that is refused has its reason.
program=${CRYPTONETS_MNIST:-$PWD/bench/cryptonets-mnist}
own_name=cryptonets-mnist
planner=${CRYPTONETS:-$PWD/cryptonets}

. "$(dirname "$0")/lib.sh"
unset MNIST_DIR # its images are larger than the networks here
[ -x "$planner" ] || { echo "skipped: no $planner"; exit 77; }
images='1 8 15 32 100 1000 10000'

# network NAME LAYER...: two units for every fc
network() {
    name=$1
    shift
    mkdir "$name"
    printf '%s\n' 'input 1 2 2' "$@" > "$name/net.txt"
    printf '1 -1 1 0\n0 2 1 -1\n' > "$name/W1.txt"
    printf '3 -1\n1 1\n' > "$name/W2.txt"
    printf '1\n-5\n' | tee "$name/b1.txt" > "$name/b2.txt"
    [ "$#" -gt 1 ] || rm "$name/W2.txt" "$name/b2.txt"
    "$planner" import "$name" "$name.cnm" > out 2> err || fail "import $name"
    "$planner" plan --all --json "$name.cnm" > "$name.json" 2> err || fail "plan --all $name"
    if command -v python3 > /dev/null 2>&1; then
        python3 -m json.tool "$name.json" > /dev/null 2> err || fail "plan --all $name: expected sound JSON"
    fi
}

network small 'fc 2' square 'fc 2'
# names of the ways as they are in the table; how many scores there are in their first requests, of two units for each image
awk -F '[:, ]+' '
    $2 == "\"way\"" { way = $3 == "\"batches\"" ? "batches" : "packed" }
    $2 == "\"ring_degree\"" { n = $3 }
    $2 == "\"slots\"" { print way (way == "packed" ? " " $3 : "") ", n = " n; scores += 2 * ($3 < 10000 ? $3 : 10000) }
    END { print scores > "scores" }' small.json > listed
[ "$(wc -l < listed)" -ge 6 ] || fail 'expected packed images and four rings of batches'
same="of all ways: 0 of $(cat scores) scores unlike the clear network's"
expect 0 "^first requests $same\$" --ways --model=small.cnm --threads=2
sed -n 's/^\([pb].*, n = [0-9]*\)\( *[0-9.]* ( *[0-9.]*)\)\{7\}$/\1/p' out > rows
cmp -s rows listed || fail 'a row for every way, seven times in it'
sed -n '/^ *images /,/^$/s/^ *\([0-9][0-9]*\)  [pb].*  [pb].* [0-9.]*$/\1/p' out > numbers
[ "$(tr '\n' ' ' < numbers)" = "$images " ] || fail 'a choice for every number of images'

network linear 'fc 2'
expect 0 '^packed 1: refused: packed plan: ' --ways --model=linear.cnm --threads=1 --limit=20
grep -q '^first requests of all ways: 0 of 160 scores unlike ' out || fail 'four ways, 20 images of two scores'
finish
