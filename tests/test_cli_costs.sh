#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors
#
# Plans by costs of a machine, from outside: they are told by plan and inspect, stay in the plan file, change the choice where they should
# and nothing else; files that are no costs are refused; default plans say nothing of them.
program=${CRYPTONETS:-$PWD/cryptonets}
own_name=cryptonets

. "$(dirname "$0")/lib.sh"
model=$models/depth1.cnm

cat > reference.costs << 'END'
cryptonets costs 1
# the reference
mac3 15000
mac2 11000
column 160000
row 320000
lookup 40000
square 650000
butterfly 150000
product 300000
stream 300000
expand 1600000
END
sed 's/^\([a-z].*\) [0-9]*0$/&0/; s/^cryptonets costs 10*$/cryptonets costs 1/' reference.costs > ten.costs # ten times as much
sed 's/^butterfly .*/butterfly 1/' reference.costs > free.costs

# Batches: the same choice, ten times the seconds.
expect 0 '^time  *0\.07 s .* at the reference cost$' plan --out=default.plan "$model"
if grep -q '^costs ' out; then fail 'plan: expected nothing of costs by default'; fi
expect 0 '^time  *0\.66 s .* at calibrated costs$' plan --costs=ten.costs --out=ten.plan "$model"
grep -q '^costs  *calibrated' out || fail 'plan: expected calibrated costs'
expect 0 '^costs  *calibrated' inspect ten.plan
grep -q '^object  *plan, version 3$' out || fail 'inspect: expected version 3'
"$program" inspect default.plan > out 2> err || fail 'inspect default.plan'
if grep -q '^costs ' out; then fail 'inspect: expected nothing of costs by default'; fi
digest() { "$program" inspect "$1" | sed -n 's/^plan  *//p'; }
[ "$(digest ten.plan)" = "$(digest default.plan)" ] || fail 'expected the same digest: nothing that both sides work from differs'
expect 0 '"costs": "calibrated"' plan --json --costs=ten.costs "$model"
expect 0 '"costs": "reference"' plan --json "$model"

# The reference, given as a file: the default plan, byte by byte.
expect 0 'at the reference cost$' plan --costs=reference.costs --out=same.plan "$model"
cmp same.plan default.plan > out 2> err || fail 'costs of the reference: expected the plan without'

# Single images: another choice where transforms are free.
expect 0 '^costs calibrated' plan --packed --costs=free.costs --out=free.plan "$model"
expect 0 '^costs calibrated' inspect free.plan
expect 0 '^packed plan' plan --packed --out=packed.plan "$model"
if grep -q '^costs ' out; then fail 'plan --packed: expected nothing of costs by default'; fi
[ "$(digest free.plan)" != "$(digest packed.plan)" ] || fail 'free transforms: expected another plan'
expect 0 '"costs": "calibrated"' plan --packed --json --costs=free.costs "$model"

# A calibrated plan serves as any other: keys, one image, its label.
head -c 784 /dev/zero > one.raw
for kind in packed free; do
    "$program" keygen --plan=$kind.plan keys.$kind > out 2> err || fail "keygen $kind"
    "$program" encrypt --plan=$kind.plan --key=keys.$kind/secret.key --format=raw one.raw $kind.req > out 2> err || fail "encrypt $kind"
    "$program" infer --plan=$kind.plan --model="$model" --evaluation-key=keys.$kind/evaluation.key $kind.req $kind.rep > out 2> err ||
        fail "infer $kind"
    "$program" decrypt --plan=$kind.plan --key=keys.$kind/secret.key --scores $kind.rep > $kind.scores 2> err || fail "decrypt $kind"
done
cmp packed.scores free.scores > out 2> err || fail 'expected the same scores under both plans'

# All ways.
expect 0 'one thread at calibrated costs, uploads expanded$' plan --all --costs=ten.costs "$model"
expect 0 '"costs": "calibrated"' plan --all --json --costs=ten.costs "$model"

# What is refused.
expect 2 'costs=FILE: expected a name' plan --costs= "$model"
expect 1 'CN_ERR_NOT_FOUND: nothing.costs: ' plan --costs=nothing.costs "$model"
expect 1 'CN_ERR_MAGIC: default.plan: line 1' plan --costs=default.plan "$model"
sed '/^row /d' reference.costs > bad.costs
expect 1 'CN_ERR_TRUNCATED: bad.costs: .*the cost row' plan --costs=bad.costs --out=bad.plan "$model"
[ ! -e bad.plan ] || fail 'bad.plan: expected no file'
sed 's/^row .*/row 0/' reference.costs > bad.costs
expect 1 'CN_ERR_RANGE: bad.costs: line 6, column 5: expected a whole number of femtoseconds, 1 to 1000000000' plan --packed --costs=bad.costs "$model"
sed 's/^row .*/row inf/' reference.costs > bad.costs
expect 1 "CN_ERR_FORMAT: bad.costs: .*found 'inf'" plan --all --costs=bad.costs "$model"

finish
