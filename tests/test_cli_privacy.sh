#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors
#
# Model privacy from outside: plans say what it costs; paper-small and depth1 give the labels of the clear network (on images of MNIST
# where MNIST_DIR is set, else drawn ones) though their replies are flooded; two replies to one request differ in all but the scores; the
# server needs the public key of the data's owner, and no other.
program=${CRYPTONETS:-$PWD/cryptonets}
own_name=cryptonets

. "$(dirname "$0")/lib.sh"
need_helper

count=50
digits $count pixels.raw

# ---- plans and their price ----
expect 2 "plan: --model-privacy: expected a whole number from 40 to 128, found '39'" plan --model-privacy=39 "$models/depth1.cnm"
expect 2 'plan: --model-privacy: ' plan --model-privacy=129 "$models/depth1.cnm"
expect 1 'CN_ERR_PLAN: ' plan --model-privacy=40 --ring-degree=4096 "$models/paper-small.cnm"
expect 0 '^privacy  *replies .*2^-40 .*110 bits of noise, 1 of 3 primes' plan --model-privacy=40 --out=depth1.plan "$models/depth1.cnm"
grep -q '^price  *model privacy: n = 8192, without 4096; log2 q = 132.0, without 64.0 (+68.0 bits); 3 primes, without 2 (+1)$' out ||
    fail 'plan: expected its price in bits and primes'
grep -q '^  *reply 819392 bytes, without 983232; request [0-9]*, without [0-9]*; evaluation key 405696, without 0$' out ||
    fail 'plan: expected its price in bytes'
grep -q '^  *time [0-9.]* us per image of a full batch, without [0-9.]* (times [0-9.]*)$' out || fail 'plan: expected its price in time'
expect 0 '^  "model_privacy": 64,$' plan --json --model-privacy=64 "$models/depth1.cnm"
grep -q '^  "without_privacy": {$' out || fail 'plan --json: expected the price'
expect 0 '^  "model_privacy": 0,$' plan --json "$models/depth1.cnm"
! grep -q 'without_privacy' out || fail 'plan --json: expected no price without model privacy'
expect 0 '^privacy ' plan --model-privacy=40 --out=paper-small.plan "$models/paper-small.cnm"
expect 0 '^security ' plan --out=plain.plan "$models/paper-small.cnm"
! grep -q '^privacy\|^price' out || fail 'plan: expected nothing of privacy without it'

# ---- inference ----
for name in depth1 paper-small; do
    model=$models/$name.cnm
    "$helper" labels "$model" pixels.raw > expected || exit 1
    expect 0 '^public.key ' keygen --plan=$name.plan $name
    expect 0 "^$count images in 1 request" encrypt --plan=$name.plan --key=$name/secret.key --format=raw pixels.raw $name.req
    for run in 1 2; do
        expect 0 "$count images" infer --model="$model" --plan=$name.plan --evaluation-key=$name/evaluation.key \
            --public-key=$name/public.key $name.req $run.rep
        expect 0 '^0 [0-9]$' decrypt --plan=$name.plan --key=$name/secret.key $run.rep
        cmp -s out expected || fail "$name: labels differ from those of the clear network"
        expect 0 '^0 ' decrypt --plan=$name.plan --key=$name/secret.key --scores $run.rep
        mv out $run.scores
    done
    cmp -s 1.scores 2.scores || fail "$name: expected the same scores"
    ! cmp -s 1.rep 2.rep || fail "$name: expected another reply every time"
    cryptonets_bytes=$("$program" plan --model-privacy=40 "$model" | sed -n 's/^files .*reply \([0-9]*\) bytes$/\1/p')
    [ "$(stat -c %s 1.rep)" -eq "$cryptonets_bytes" ] || fail "$name: expected a reply of $cryptonets_bytes bytes"
done

# ---- scaled scores ----
expect 2 'plan: --scale-scores: expected --model-privacy with it' plan --scale-scores=8 "$models/depth1.cnm"
expect 2 'plan: --scale-scores: expected a whole number from 2 to 32' plan --model-privacy=40 --scale-scores=33 "$models/depth1.cnm"
expect 0 'r random below 2^8, e below r$' plan --model-privacy=40 --scale-scores=8 --out=scaled.plan "$models/depth1.cnm"
expect 0 '^public.key ' keygen --plan=scaled.plan scaled
expect 0 '^5 images' encrypt --plan=scaled.plan --key=scaled/secret.key --format=raw --count=5 pixels.raw scaled.req
expect 0 '5 images' infer --model="$models/depth1.cnm" --plan=scaled.plan --evaluation-key=scaled/evaluation.key \
    --public-key=scaled/public.key scaled.req scaled.rep
"$helper" labels "$models/depth1.cnm" pixels.raw | head -n 5 > expected
expect 0 '^0 [0-9]$' decrypt --plan=scaled.plan --key=scaled/secret.key scaled.rep
cmp -s out expected || fail 'scaled scores: expected the labels of the clear network'
expect 0 '^# scores s of each image told as r s + e, r random below 2^8, e below r$' decrypt --plan=scaled.plan --key=scaled/secret.key --scores scaled.rep
grep -v '^#' out > scaled.scores
expect 0 '^  "scale_scores": 8,$' decrypt --plan=scaled.plan --key=scaled/secret.key --scores --json scaled.rep
expect 0 '^5 images' encrypt --plan=depth1.plan --key=depth1/secret.key --format=raw --count=5 pixels.raw x.req
expect 0 '5 images' infer --model="$models/depth1.cnm" --plan=depth1.plan --evaluation-key=depth1/evaluation.key \
    --public-key=depth1/public.key x.req x.rep
expect 0 '^0 ' decrypt --plan=depth1.plan --key=depth1/secret.key --scores x.rep
rm x.req x.rep
# some number r from 1 to 255 turns each row into the other: every score s into a number from r s to r s + r - 1
paste -d ' ' out scaled.scores | awk '{ n = NF / 2
    for (r = 1; r <= 255; r++) {
        good = 1
        for (i = 2; i <= n; i++) if ($(i + n) < r * $i || $(i + n) >= r * $i + r) good = 0
        if (good) break
    }
    if (!good) exit 1 }' || fail 'scaled scores: expected r s + e'

# ---- keys ----
# infer_with WORDS OPTION...
infer_with() {
    words=$1
    shift
    expect 1 "$words" infer --model="$models/depth1.cnm" --plan=depth1.plan "$@" depth1.req x.rep
    [ ! -e x.rep ] || fail 'infer: a refused run left a reply'
}
expect 0 '^public.key ' keygen --plan=depth1.plan other
infer_with 'CN_ERR_NULL: public key: expected one, .* give --public-key=FILE' --evaluation-key=depth1/evaluation.key
infer_with 'CN_ERR_NULL: evaluation key: expected one' --public-key=depth1/public.key
infer_with 'CN_ERR_MISMATCH: other/public.key: public key: not of the owner of the evaluation key' \
    --evaluation-key=depth1/evaluation.key --public-key=other/public.key
infer_with 'CN_ERR_OVERSIZED: paper-small/public.key: ' --evaluation-key=depth1/evaluation.key --public-key=paper-small/public.key
infer_with 'CN_ERR_MISMATCH: .*public key: expected one, found a evaluation key' \
    --evaluation-key=depth1/evaluation.key --public-key=depth1/evaluation.key
infer_with 'CN_ERR_MISMATCH: depth1.req: request: encrypted under another key' \
    --evaluation-key=other/evaluation.key --public-key=other/public.key
expect 0 '^key id' keygen --plan=plain.plan plain
[ ! -e plain/public.key ] || fail 'keygen: expected no public key without model privacy'
expect 1 'CN_ERR_STATE: public key: the plan has no model privacy' infer --model="$models/paper-small.cnm" --plan=plain.plan \
    --evaluation-key=plain/evaluation.key --public-key=paper-small/public.key paper-small.req x.rep
expect 0 '^object  *plan, version 2$' inspect depth1.plan

finish
