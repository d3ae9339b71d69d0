#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors
#
# Packed plans from outside: plan, keygen, encrypt, infer and decrypt with one image per request and with some, scores equal to those of the
# clear network (images of MNIST where MNIST_DIR is set, else drawn), the server without any secret; what does not apply is refused, and so
# are files of batches and of other plans.
program=${CRYPTONETS:-$PWD/cryptonets}
own_name=cryptonets

. "$(dirname "$0")/lib.sh"
need_helper
digits 10 pixels.raw
head -c 784 pixels.raw > one.raw

# ---- one image at a time ----
model=$models/paper-small.cnm
"$helper" scores "$model" pixels.raw > expected || exit 1
expect 0 '^packed plan of paper-small: n = 8192' plan --packed --out=net.plan "$model"
grep -q '^files: secret key [0-9]*, evaluation key [0-9]*, request [0-9]*, reply [0-9]* bytes$' out || fail 'plan --packed: bytes of files'
expect 0 '^key id' keygen --plan=net.plan keys
[ "$(ls keys | tr '\n' ' ')" = 'evaluation.key secret.key ' ] || fail "keys: $(ls keys)"
[ "$(stat -c %a keys/secret.key)" = 600 ] || fail 'secret.key: expected mode 600'
expect 0 '^1 image in 1 request$' encrypt --plan=net.plan --key=keys/secret.key --format=raw one.raw one.req
mkdir server
cp net.plan keys/evaluation.key one.req server
mv keys away
(cd server && env -i "$program" infer --model="$model" --plan=net.plan --evaluation-key=evaluation.key one.req one.rep) > out 2> err < /dev/null ||
    fail 'infer: a server without secrets'
grep -q '^one.rep: 1 image, 0.[0-9]* s$' out || fail 'infer: expected what was done'
mv away keys
mv server/one.rep .
expect 0 '^0 [-0-9]' decrypt --plan=net.plan --key=keys/secret.key --scores --request=one.req one.rep
[ "$(cat out)" = "$(head -n 1 expected)" ] || fail 'scores of one image differ from those of the clear network'
expect 0 '^3 images in 3 requests$' encrypt -p net.plan -k keys/secret.key -f raw --first=2 --count=3 pixels.raw requests
expect 0 '^3 images, ' infer -m "$model" -p net.plan -e keys/evaluation.key -t 1 requests replies
expect 0 '^replies/batch-0002.rep: 1 image, kept from before$' infer -m "$model" -p net.plan -e keys/evaluation.key requests replies
cp replies/batch-0001.rep replies/batch-0002.rep
expect 1 'CN_ERR_MISMATCH: replies/batch-0002.rep with requests/batch-0002.req: packed reply: answers another request' \
    decrypt -p net.plan -k keys/secret.key --request=requests replies
expect 0 '"kept": true' infer -m "$model" -p net.plan -e keys/evaluation.key -j requests replies
[ "$(grep -c '"kept": true' out)" -eq 2 ] || fail 'infer: expected the reply to another request made anew'
expect 0 '^0 ' decrypt -p net.plan -k keys/secret.key -s --request=requests replies
cut -d ' ' -f 2- out > found
sed -n 3,5p expected | cut -d ' ' -f 2- | cmp -s - found || fail 'scores of a folder differ from those of the clear network'

# ---- several images in a request ----
small=$models/depth1.cnm
"$helper" scores "$small" pixels.raw > expected || exit 1
expect 0 '^  "images": 4,$' plan --packed --images=4 --json --out=four.plan "$small"
mv out plan.json
expect 0 '^key id' keygen --plan=four.plan four
expect 0 '^10 images in 3 requests$' encrypt -p four.plan -k four/secret.key -f raw pixels.raw fours/
expect 0 '^four.rep/batch-0003.rep: 2 images, ' infer -m "$small" -p four.plan -e four/evaluation.key fours four.rep
expect 0 '^9 ' decrypt -p four.plan -k four/secret.key -s four.rep
cmp -s out expected || fail 'four images per request: scores differ from those of the clear network'
expect 0 '"format": "cryptonets decrypt 1"' decrypt -p four.plan -k four/secret.key -s -l -j four.rep
for file in four/secret.key:secret_key four/evaluation.key:evaluation_key fours/batch-0001.req:request four.rep/batch-0001.rep:reply; do
    grep -q "^    \"${file#*:}\": $(stat -c %s "${file%:*}"),*\$" plan.json || fail "plan: ${file%:*} has another size than forecast"
done
if command -v python3 > /dev/null 2>&1; then
    python3 - > out 2> err << 'END' || fail 'JSON: expected what json.md says'
import json
plan = json.load(open("plan.json"))
assert plan["format"] == "cryptonets packed plan 1" and plan["model"] == "depth1" and plan["inputs"] == 784 and plan["outputs"] == 10
assert plan["security"]["bits"] >= 128 and plan["security"]["log2_qp"] <= plan["security"]["log2_qp_most"] and plan["seconds"] > 0
assert len(plan["layers"]) == 2 and all(row["log2_noise"] < row["log2_limit"] for row in plan["layers"])
END
fi

# ---- inspection ----
for file in four.plan:'packed plan' four/evaluation.key:'packed evaluation key' fours/batch-0001.req:'packed request' \
    four.rep/batch-0003.rep:'packed reply' four/secret.key:'secret key'; do
    expect 0 "^object       ${file#*:}, version [12]$" inspect --plan=four.plan "${file%%:*}"
    case $file in
        *.plan:*) grep -q '^packed plan of depth1: n = 8192' out || fail 'a packed plan is described' ;;
        *) grep -q '^content      .*of the plan' out || fail "${file#*:}: its content" ;;
    esac
done
expect 0 '^relations: passed$' selftest --plan=four.plan

# ---- what must be refused ----
for option in --public-key --strict --plains=1 --model-privacy=40 --all; do
    expect 2 'plan: --packed: expected no other options' plan --packed $option "$small"
done
expect 2 '--images and --objective: expected --all' plan --images=4 "$small"
expect 1 'CN_ERR_SIZE: packed plan: 3 images per request' plan --packed --images=3 "$small"
expect 1 'CN_ERR_DEGREE: packed plan: ring degree 5000' plan --packed --ring-degree=5000 "$small"
expect 0 'encryption' plan --out=batch.plan "$small"
expect 0 '^key id' keygen --plan=batch.plan batch
expect 0 '^1 image in 1 request' encrypt -p batch.plan -k batch/secret.key -f raw one.raw batch.req
# infer_four WORDS REQUEST OPTION...
infer_four() {
    words=$1 request=$2
    shift 2
    expect 1 "$words" infer -m "$small" -p four.plan "$@" "$request" x.rep
}
infer_four 'CN_ERR_NULL: evaluation key: expected one, .* give --evaluation-key' fours/batch-0001.req
infer_four 'CN_ERR_UNSUPPORTED: --max-memory: the plan is for single images' fours/batch-0001.req -e four/evaluation.key --max-memory=1000
infer_four 'CN_ERR_STATE: public key: the plan has no model privacy' fours/batch-0001.req -e four/evaluation.key -u four/secret.key
infer_four 'CN_ERR_OVERSIZED: keys/evaluation.key: expected at most' fours/batch-0001.req -e keys/evaluation.key
infer_four 'CN_ERR_MISMATCH: .*packed evaluation key: expected one, found a secret key' fours/batch-0001.req -e four/secret.key
infer_four 'CN_ERR_MISMATCH: batch.req: packed request: expected one, found a request' batch.req -e four/evaluation.key
infer_four 'CN_ERR_MISMATCH: one.req: packed request: belongs to another plan' one.req -e four/evaluation.key
expect 1 'CN_ERR_MISMATCH: packed server: model paper-small is not the one that was planned' \
    infer -m "$model" -p four.plan -e four/evaluation.key fours/batch-0001.req x.rep
expect 1 'CN_ERR_MISMATCH: .*request: expected one, found a packed request' infer -m "$small" -p batch.plan fours/batch-0001.req x.rep
expect 1 'CN_ERR_MISMATCH: batch/secret.key: secret key: belongs to another plan' \
    encrypt -p four.plan -k batch/secret.key -f raw one.raw x.req
expect 1 'CN_ERR_MISMATCH: four.rep/batch-0001.rep: packed reply: belongs to another plan' decrypt -p net.plan -k keys/secret.key four.rep/batch-0001.rep
"$program" inspect --plan=batch.plan one.rep > out 2> err && fail 'inspect: a packed reply under a plan for batches'
grep -q 'one.rep: packed reply: belongs to a plan of the other kind' err || fail 'inspect: the reason'
for file in four.plan fours/batch-0001.req four.rep/batch-0001.rep four/evaluation.key; do
    head -c "$(($(stat -c %s "$file") - 1))" "$file" > "cut.$(basename "$file")"
done
expect 1 'CN_ERR_TRUNCATED: cut.four.plan: packed plan: ' keygen --plan=cut.four.plan x
infer_four 'CN_ERR_TRUNCATED: cut.batch-0001.req' cut.batch-0001.req -e four/evaluation.key
infer_four 'CN_ERR_TRUNCATED: cut.evaluation.key' fours/batch-0001.req -e cut.evaluation.key
expect 1 'CN_ERR_TRUNCATED: cut.batch-0001.rep' decrypt -p four.plan -k four/secret.key cut.batch-0001.rep
[ ! -e x.rep ] && [ ! -e x.req ] && [ ! -e x ] || fail 'a refused run left a file'
[ -z "$(find . -name '*.tmp')" ] || fail 'temporary files'

# ---- a reply that does not decrypt retires the key ----
cp one.rep bad.rep
"$helper" spoil bad.rep 3000 || exit 1
expect 1 'CN_ERR_NOISE: bad.rep: .*keys/secret.key is now retired' decrypt --plan=net.plan --key=keys/secret.key bad.rep
expect 1 'CN_ERR_STATE: keys/secret.key: secret key: retired' encrypt -p net.plan -k keys/secret.key -f raw one.raw x.req

finish
