#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors
#
# Networks with more layers than those shipped, made by tools/make-network: three squares and two convolutions agree with the clear
# network after every layer; four squares need a window, and with one a larger ring.
program=${CRYPTONETS:-$PWD/cryptonets}
own_name=cryptonets
command -v python3 > /dev/null || { echo 'skipped: no python3'; exit 77; }

. "$(dirname "$0")/lib.sh"
maker=$top/tools/make-network

# network NAME LINE...: make and import it
network() {
    name=$1
    shift
    "$maker" "$name" "$@" || fail "make-network $name"
    expect 0 '^digest ' import "$name" "$name.cnm"
}

network three 'input 2 9 9' 'conv 2 2 3 2 1 0 1 0' square 'conv 3 2 3 2 0 0 0 0' square 'fc 6' square 'fc 3'
i=0
while [ $i -lt 324 ]; do printf '%b' "\\0$(printf %o $((i * 89 % 256)))"; i=$((i + 1)); done > images
expect 0 '^three: 2 images, every value equal after every layer$' check --format=raw three.cnm images
[ "$(grep -c '^square ' out)" = 3 ] || fail 'three squares'

four() {
    network "$1" 'input 1 28 28' 'conv 4 1 5 2 1 0 1 0' square 'conv 8 4 5 2 0 0 0 0' square 'fc 32' square 'fc 16' square 'fc 10'
}
four open
expect 1 'CN_ERR_RANGE: plan: the scores of the last layer can reach 2^128\.3 in size; .* calibrated window' plan open.cnm
four closed
echo 'window -1000000000000000 2000000000000000' >> closed/net.txt
expect 0 '^digest ' import closed closed.cnm
expect 0 'n = 16384 slots' plan closed.cnm
[ "$(grep -c ' square ' out)" = 4 ] || fail 'four squares'

network two 'input 2 9 9' 'conv 2 2 3 2 1 0 1 0' square 'conv 3 2 3 2 0 0 0 0' square 'fc 3'
# one image at a time, and inputs that are no digits of 28 x 28
program=${CRYPTONETS_MNIST:-${program%/*}/bench/cryptonets-mnist}
own_name=cryptonets-mnist
unset MNIST_DIR
expect 0 '^2 images one at a time .*: 0 of 6 scores unlike' --latency --model two.cnm --limit 2
expect 0 'SYNTHETIC digits cut to 162 bytes' --model three.cnm --limit 2

program=$maker
own_name='line 2'
expect 1 'conv of 3 channels; expected 1, those of its input' bad 'input 1 8 8' 'conv 2 3 3 1 0 0 0 0'
expect 1 'a kernel of 9 does not fit its input of 8 x 8' bad 'input 1 8 8' 'conv 2 1 9 1 0 0 0 0'
expect 1 "expected conv, pool, fc, square, poly or flatten, found 'tanh'" bad 'input 1 8 8' tanh
finish
