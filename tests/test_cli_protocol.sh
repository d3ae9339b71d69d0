#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors
#
# The commands plan, keygen, encrypt, infer and decrypt from outside. First the walk-through of README.md: 100 images (of MNIST
# where MNIST_DIR is set, else drawn), an evaluation in a process that has no secret key, labels equal to those of the clear
# network. Then an uploader with the public key, many batches with an interruption, and everything that must be refused: keys and
# files in each other's place, damaged files, keys that exist, a key that is retired.
program=${CRYPTONETS:-$PWD/cryptonets}
own_name=cryptonets

. "$(dirname "$0")/lib.sh"
need_helper
cryptonets() { "$program" "$@"; }

# ---- the walk-through of README.md ----
digits 100 pixels
if [ -n "$mnist" ]; then
    images=$mnist/t10k-images-idx3-ubyte
    [ -f "$images" ] || images=$images.gz
else
    images=pixels.idx
    { printf '\000\000\010\003\000\000\000\144\000\000\000\034\000\000\000\034'; cat pixels; } > $images
fi
model=$models/paper-small.cnm
{
    cryptonets plan --out=net.plan "$model" &&
    cryptonets keygen --plan=net.plan keys &&
    cryptonets encrypt --plan=net.plan --key=keys/secret.key --count=100 "$images" images.req
} > out 2> err || fail 'walk-through: the data owner'
grep -q '^security  *128 bits' out || fail 'plan: expected its security'
grep -q '^1  *relinearise  *100' out || fail 'plan: expected the ledger'
grep -q '^100 images in 1 request$' out || fail 'encrypt: expected what was done'
# the server: another process, nothing of the owner's but the evaluation key, and the owner's folder out of sight
mkdir server
mv images.req net.plan server
cp keys/evaluation.key server
mkdir away
mv keys away
chmod 000 away
(cd server && env -i "$program" infer --model="$model" --plan=net.plan --evaluation-key=evaluation.key images.req scores.rep) \
    > out 2> err < /dev/null || fail 'walk-through: the server'
grep -q '^scores.rep: 100 images, ' out || fail 'infer: expected what was done'
chmod 700 away
mv away/keys .
mv server/net.plan server/scores.rep .
cryptonets decrypt --plan=net.plan --key=keys/secret.key scores.rep > labels 2> err || fail 'walk-through: decryption'
"$helper" labels "$model" pixels > expected || exit 1
[ "$(wc -l < labels)" -eq 100 ] && cmp -s labels expected || fail 'walk-through: labels differ from those of the clear network'
[ "$(cut -d ' ' -f 2 labels | sort -u | wc -l)" -ge 8 ] || fail 'walk-through: expected digits of all kinds'
if [ -n "$mnist" ]; then # what the papers show first: 7 2 1 0 4 1 4 9 5 9
    [ "$(head -n 10 labels | cut -d ' ' -f 2 | tr -d '\n')" = 7210414959 ] ||
        fail 'walk-through: expected the first ten digits of MNIST'
fi

# ---- what the files are ----
[ "$(stat -c %a keys)" = 700 ] || fail 'keys: expected mode 700'
[ "$(stat -c %a keys/secret.key)" = 600 ] || fail 'secret.key: expected mode 600'
[ "$(ls keys | tr '\n' ' ')" = 'evaluation.key secret.key ' ] || fail "keys: $(ls keys)"
[ -z "$(find . -name '*.tmp')" ] || fail 'temporary files'
# all ways beside each other
quick=${model%/*}/depth1.cnm
expect 0 '^\* single, n = 8192' plan --all "$quick"
grep -q '^  batches, n = 4096 ' out || fail 'plan --all: batches, too'
grep -q 'refused: ' out || fail 'plan --all: layouts that do not fit have a reason'
expect 0 '^\* batches, n = 4096' plan --all --objective=throughput "$quick"
expect 0 '^\* packed, n = 8192 *8 *1 ' plan --all --images=8 "$quick"
expect 0 '"way": "packed",' plan -a --images=8 --json "$quick"
expect 0 '"images": 100,' plan -a --images=100 --json "$quick"
[ "$(grep -c '"best": true' out)" = 1 ] || fail 'plan --all --json: one way is the best'
expect 2 '--images and --objective: expected --all with them' plan --images=3 "$quick"
expect 2 "--objective: expected latency, throughput or upload, found 'speed'" plan --all --objective=speed "$quick"
expect 2 '--all: expected neither --out nor --ring-degree' plan --all --out=x.plan "$quick"
expect 2 '--images: expected a whole number from 1' plan --all --images=0 "$quick"
cryptonets plan --json "$model" > plan.json 2> err || fail 'plan --json'
for file in keys/secret.key:secret_key keys/evaluation.key:evaluation_key server/images.req:request scores.rep:reply; do
    grep -q "^    \"${file#*:}\": $(stat -c %s "${file%:*}"),*\$" plan.json ||
        fail "plan: ${file%:*} has another size than forecast"
done

# ---- scores, JSON, files ----
expect 0 '^0 [0-9]* -*[0-9]' decrypt --plan=net.plan --key=keys/secret.key --scores --labels scores.rep
[ "$(head -n 1 out | wc -w)" -eq 12 ] || fail 'decrypt: expected number, label and ten scores'
cryptonets decrypt -p net.plan -k keys/secret.key -s -l -j -o result.json scores.rep > out 2> err || fail 'decrypt --out'
[ ! -s out ] && [ "$(stat -c %a result.json)" = 600 ] || fail 'decrypt --out: expected the result in a file of mode 600'
# the least memory follows from a refusal: it depends on how the program was built
expect 1 'CN_ERR_SIZE: --max-memory: 1 MiB; expected at least' \
    infer -m "$model" -p net.plan -e keys/evaluation.key -t 1 --max-memory 1 server/images.req second.rep
least=$(sed -n 's/.*expected at least \([0-9]*\) .*/\1/p' err)
expect 0 '^  "format": "cryptonets infer 1",$' \
    infer -m "$model" -p net.plan -e keys/evaluation.key -t 1 --max-memory $((least + 30)) -j server/images.req second.rep
mv out infer.json
cmp -s scores.rep second.rep || fail 'infer: expected the same reply with one thread and less memory'
if command -v python3 > /dev/null 2>&1; then
    python3 - > out 2> err << 'END' || fail 'JSON: expected what json.md says'
import json
plan, infer, result = (json.load(open(name)) for name in ("plan.json", "infer.json", "result.json"))
assert plan["format"] == "cryptonets plan 1" and plan["model"] == "paper-small" and plan["inputs"] == 784
assert plan["outputs"] == 10
assert plan["security"]["bits"] >= 128 and plan["security"]["log2_qp"] <= plan["security"]["log2_qp_most"]
assert len(plan["ledger"]) == 7 and abs(sum(row["seconds"] for row in plan["ledger"]) - plan["seconds"]) < 1e-9
assert plan["memory_bytes"]["ciphertexts"] > 0 and int(plan["window"]["width"]) > 2**35 and plan["file_bytes"]["public_key"] == 0
assert infer["images"] == 100 and infer["threads"] == 1 and len(infer["batches"]) == 1 and not infer["batches"][0]["kept"]
assert result["plan_digest"] == infer["plan_digest"] == plan["plan_digest"] and result["outputs"] == 10
labels = [line.split() for line in open("labels")]
assert [[str(i["image"]), str(i["label"])] for i in result["images"]] == labels
for image in result["images"]:
    scores = [int(x) for x in image["scores"]]
    assert len(scores) == 10 and scores.index(max(scores)) == image["label"]
END
fi

# ---- a small network, and an uploader who cannot decrypt ----
mkdir net
printf 'input 1 1 3\nfc 2\nsquare\nfc 2\nsquare\nwindow -4 1000000000\n' > net/net.txt
printf '1 -2 3\n1 1 -1\n' > net/W1.txt
printf '0\n7\n' > net/b1.txt
printf '1 0\n0 1\n' > net/W2.txt
printf '0\n0\n' > net/b2.txt
expect 0 '^model  net' import net net.cnm
expect 0 'public-key encryption' plan --public-key --out=up.plan net.cnm
expect 0 '^public.key ' keygen --plan=up.plan up
mkdir uploader
cp up/public.key uploader
printf '# three values each\n1,2,3\n 0 , 0,1\r\n\n10,0,0\n' > three.csv
expect 0 '^3 images in 1 request' encrypt --plan=up.plan --key=uploader/public.key three.csv up.req
expect 0 '^up.rep: 3 images' infer --model=net.cnm --plan=up.plan --evaluation-key=up/evaluation.key up.req up.rep
# (x0 - 2 x1 + 3 x2)^4 and (x0 + x1 - x2 + 7)^4
printf '0 1296 2401\n1 81 1296\n2 10000 83521\n' > expected
expect 0 '^1 81 1296$' decrypt --plan=up.plan --key=up/secret.key --scores up.rep
cmp -s out expected || fail 'uploader: other scores than those computed by hand'
expect 1 'CN_ERR_MISMATCH: .*secret key: expected one, found a public key' decrypt --plan=up.plan --key=uploader/public.key up.rep
expect 1 'CN_ERR_STATE: encrypt: this client has no public key' encrypt --plan=up.plan --key=up/secret.key three.csv x.req

# ---- formats ----
printf '\001\002\003\000\000\001\012\000\000' > three.raw
{ printf '\000\000\010\003\000\000\000\003\000\000\000\001\000\000\000\003'; cat three.raw; } > three.idx
expect 0 '^3 images' encrypt -p up.plan -k up/public.key --format=raw three.raw x.req
for input in '--format=raw three.raw' three.idx; do
    # shellcheck disable=SC2086
    expect 0 '^2 images' encrypt -p up.plan -k up/public.key --first=1 --count=2 $input x.req
    expect 0 '^x.rep: 2 images' infer -m net.cnm -p up.plan -e up/evaluation.key x.req x.rep
    expect 0 '^0 81 1296$' decrypt -p up.plan -k up/secret.key -s x.rep
done
rm x.req x.rep
expect 1 'CN_ERR_MAGIC: three.raw: expected an IDX file .* give --format' encrypt -p up.plan -k up/public.key three.raw x.req
expect 1 'CN_ERR_MISMATCH: three.csv: .* bytes; expected a multiple of 3' \
    encrypt -p up.plan -k up/public.key --format=raw --count=1 three.csv x.req
printf '1,2,3\n1,2\n' > bad.csv
expect 1 'CN_ERR_MISMATCH: bad.csv: line 2: fewer numbers' encrypt -p up.plan -k up/public.key bad.csv x.req
printf '1,2,3,4\n' > bad.csv
expect 1 'CN_ERR_MISMATCH: bad.csv: line 1: more numbers' encrypt -p up.plan -k up/public.key bad.csv x.req
for value in 256 -1 1.5 x '' '1 2'; do
    printf '1,2,3\n1,%s,3\n' "$value" > bad.csv
    expect 1 'CN_ERR_FORMAT: bad.csv: line 2, column [3-6]: expected a' encrypt -p up.plan -k up/public.key bad.csv x.req
done
: > bad.csv
expect 1 'CN_ERR_SIZE: bad.csv: 0 images; expected at least 1' encrypt -p up.plan -k up/public.key bad.csv x.req
expect 1 'CN_ERR_SIZE: three.csv: 3 images; expected at least 4' \
    encrypt -p up.plan -k up/public.key --first=2 --count=2 three.csv x.req
expect 1 'CN_ERR_MISMATCH: .*images of 1 x 3 pixels; expected 784' encrypt -p net.plan -k keys/secret.key three.idx x.req
expect 1 'CN_ERR_NOT_FOUND: none.csv' encrypt -p up.plan -k up/public.key none.csv x.req
[ ! -e x.req ] || fail 'encrypt: a refused run left a request'

# ---- command lines ----
for command in plan keygen encrypt infer decrypt; do
    expect 0 "^Usage: cryptonets $command " $command --help
    expect 2 "unknown option '--frobnicate'; try 'cryptonets $command --help'" $command --frobnicate
    grep -q "cryptonets $command" "$models/../../doc/cryptonets.1" || fail "cryptonets.1: expected $command"
done
expect 2 'plan: expected MODEL, found 0 arguments' plan
expect 2 'plan: --ring-degree: expected a whole number from 4096 to 65536' plan --ring-degree=4095 net.cnm
expect 1 'CN_ERR_DEGREE: .*5000' plan --ring-degree=5000 net.cnm
expect 0 'n = 16384 slots' plan --ring-degree=16384 --strict net.cnm
expect 2 'plan: --plains: ' plan --plains=0 net.cnm
expect 2 'plan: --out=PLAN: expected a name' plan --out= net.cnm
expect 2 'keygen: expected --plan=PLAN' keygen x
expect 2 'keygen: expected FOLDER, found an empty name' keygen --plan=net.plan ''
expect 2 'keygen: --threads: ' keygen --plan=net.plan --threads=257 x
expect 2 'encrypt: expected --key=KEY' encrypt --plan=net.plan three.csv x.req
expect 2 'encrypt: expected IMAGES and REQUEST, found 1' encrypt --plan=net.plan --key=keys/secret.key three.csv
expect 2 "encrypt: --format: expected idx, csv, png or raw, found 'jpg'" encrypt --format=jpg three.csv x.req
expect 2 "encrypt: --count: expected a whole number from 1 .* found '1x'" encrypt --count=1x three.csv x.req
expect 2 'infer: expected --model=MODEL' infer --plan=net.plan images.req x.rep
expect 2 'decrypt: expected --plan=PLAN' decrypt --key=keys/secret.key scores.rep

# ---- objects in each other's place ----
# infer_up WORDS REQUEST [PLAN [MODEL [KEY]]]
infer_up() {
    expect 1 "$1" infer --model="${4:-net.cnm}" --plan="${3:-up.plan}" --evaluation-key="${5:-up/evaluation.key}" "$2" x.rep
}
expect 0 'secret-key encryption' plan --out=own.plan net.cnm
expect 0 '^key id' keygen --plan=own.plan own
expect 0 '^key id' keygen --plan=up.plan other
infer_up 'CN_ERR_MISMATCH: up.rep: request: expected one, found a reply' up.rep
infer_up 'CN_ERR_MISMATCH: up.req: request: belongs to another plan' up.req own.plan net.cnm own/evaluation.key
infer_up 'CN_ERR_MISMATCH: .*evaluation key: belongs to another plan' up.req up.plan net.cnm own/evaluation.key
infer_up 'CN_ERR_MISMATCH: .*evaluation key: expected one, found a secret key' up.req up.plan net.cnm up/secret.key
infer_up 'CN_ERR_MISMATCH: up.req: .*key' up.req up.plan net.cnm other/evaluation.key
infer_up 'CN_ERR_MISMATCH: server: model paper-small is not the one that was planned' up.req up.plan "$model"
infer_up 'CN_ERR_MISMATCH: up/public.key: plan: expected one, found a public key' up.req up/public.key
infer_up 'CN_ERR_MAGIC: ' up.req up.plan up.plan
infer_up 'CN_ERR_MAGIC: net.cnm' up.req net.cnm
expect 1 'CN_ERR_NULL: evaluation key: expected one, .* give --evaluation-key' infer --model=net.cnm --plan=up.plan up.req x.rep
expect 0 'encryption' plan --out=one.plan "$models/depth1.cnm"
expect 1 'CN_ERR_STATE: evaluation key: .* needs none' \
    infer --model="$models/depth1.cnm" --plan=one.plan --evaluation-key=up/evaluation.key up.req x.rep
expect 1 'CN_ERR_MISMATCH: .*another key' decrypt --plan=up.plan --key=other/secret.key up.rep
expect 1 'CN_ERR_MISMATCH: .*secret key: belongs to another plan' decrypt --plan=own.plan --key=up/secret.key up.rep
expect 1 'CN_ERR_MISMATCH: up.req: reply: expected one, found a request' decrypt --plan=up.plan --key=up/secret.key up.req
expect 1 'CN_ERR_MISMATCH: up.req: expected a secret or a public key, found .* request' \
    encrypt --plan=up.plan --key=up.req three.csv x.req
expect 1 'CN_ERR_MAGIC: three.csv' keygen --plan=three.csv x
[ ! -e x.rep ] && [ ! -e x.req ] && [ ! -e x ] || fail 'a refused run left a file'
for file in up.plan up.req up.rep up/secret.key up/evaluation.key; do
    name=$(basename "$file")
    head -c "$(($(stat -c %s "$file") - 1))" "$file" > "cut.$name"
    { cat "$file"; printf x; } > "long.$name"
done
expect 1 'CN_ERR_TRUNCATED: cut.up.plan' keygen --plan=cut.up.plan x
expect 1 'CN_ERR_OVERSIZED: long.up.plan' keygen --plan=long.up.plan x
infer_up 'CN_ERR_TRUNCATED: cut.up.req' cut.up.req
infer_up 'CN_ERR_OVERSIZED: long.up.req' long.up.req
infer_up 'CN_ERR_TRUNCATED: cut.evaluation.key' up.req up.plan net.cnm cut.evaluation.key
expect 1 'CN_ERR_TRUNCATED: cut.up.rep' decrypt --plan=up.plan --key=up/secret.key cut.up.rep
expect 1 'CN_ERR_TRUNCATED: cut.secret.key' decrypt --plan=up.plan --key=cut.secret.key up.rep
expect 1 'CN_ERR_OVERSIZED: long.secret.key' decrypt --plan=up.plan --key=long.secret.key up.rep
"$helper" spoil up.plan 300 || exit 1
expect 1 'CN_ERR_[A-Z_]*: up.plan: ' keygen --plan=up.plan x
"$helper" spoil up.plan 300 || exit 1

# ---- places ----
cp up/secret.key kept.key
expect 1 'CN_ERR_STATE: up: expected a folder without keys, found secret.key, which is not overwritten' keygen --plan=up.plan up
cmp -s up/secret.key kept.key || fail 'keygen: existing keys were changed'
# several at a time: one gets the folder, and its keys are a pair
for k in 1 2 3 4 5; do
    (cryptonets keygen --plan=up.plan -t 1 race > race.$k 2> race.err.$k; echo $? > race.code.$k) &
done
wait
[ "$(cat race.code.? | grep -c '^0$')" -eq 1 ] && [ "$(cat race.code.? | grep -c '^1$')" -eq 4 ] || fail "keygen: expected one of five to succeed, found $(cat race.code.? | tr '\n' ' ')"
expect 0 '^3 images' encrypt -p up.plan -k race/public.key three.csv race.req
expect 0 '3 images' infer -m net.cnm -p up.plan -e race/evaluation.key race.req race.rep
expect 0 '^1 81 1296$' decrypt -p up.plan -k race/secret.key -s race.rep
[ "$(ls race | wc -l)" -eq 3 ] || fail "keygen: expected three keys, found $(ls race)"
mkdir some
: > some/public.key
expect 1 'CN_ERR_STATE: some: .* found public.key' keygen --plan=own.plan some
[ "$(ls some)" = public.key ] || fail 'keygen: a refused run left keys'
expect 1 'CN_ERR_NOT_FOUND: none/keys: expected to make this folder' keygen --plan=own.plan none/keys
expect 1 'CN_ERR_IO: three.csv: expected to make this folder' keygen --plan=own.plan three.csv
expect 1 'CN_ERR_NOT_FOUND: .*none/x.req: expected the folder none' encrypt -p up.plan -k up/public.key three.csv none/x.req
expect 1 'CN_ERR_NOT_FOUND: ' infer --model=net.cnm --plan=up.plan --evaluation-key=up/evaluation.key up.req none/x.rep
expect 1 'CN_ERR_IO: some: expected a file to write' \
    infer --model=net.cnm --plan=up.plan --evaluation-key=up/evaluation.key up.req some
expect 1 'CN_ERR_NOT_FOUND: some: expected batch-0001.req' \
    infer --model=net.cnm --plan=up.plan --evaluation-key=up/evaluation.key some x.rep
if [ "$(id -u)" -ne 0 ]; then
    mkdir locked
    chmod 500 locked
    expect 1 'CN_ERR_IO: locked/keys: ' keygen --plan=own.plan locked/keys
    expect 1 'CN_ERR_IO: locked/x.req: ' encrypt -p up.plan -k up/public.key three.csv locked/x.req
fi

# ---- many batches: a folder, an interruption, the rest ----
model=$models/depth1.cnm
expect 0 '^key id' keygen --plan=one.plan one
i=0
while [ $i -lt 84 ]; do cat pixels; i=$((i + 1)); done > many # 8,400 images in 3 batches of 4096 slots
expect 0 '^8400 images in 3 requests' encrypt -p one.plan -k one/secret.key --format=raw many requests
[ "$(ls requests | tr '\n' ' ')" = 'batch-0001.req batch-0002.req batch-0003.req ' ] || fail "requests: $(ls requests)"
expect 1 'CN_ERR_STATE: requests: expected a folder without requests' \
    encrypt -p one.plan -k one/secret.key --format=raw pixels requests
CRYPTONETS_CPU=portable "$helper" run "$program" infer -m "$model" -p one.plan -t 1 requests replies > out 2> err < /dev/null &
child=$!
i=0
while [ ! -e replies/batch-0001.rep ] && [ $i -lt 600 ]; do sleep 0.1; i=$((i + 1)); done
kill -INT $child
wait $child
code=$?
child=
[ $code -eq 130 ] || fail "infer: expected exit code 130 after SIGINT, found $code"
[ ! -s out ] && grep -q '^cryptonets: CN_ERR_CANCELLED: interrupted; [12] of 3 replies are finished' err ||
    fail 'infer: expected words on the interruption'
[ -z "$(ls replies | grep -v '^batch-000[12]\.rep$')" ] || fail "infer: expected whole replies only, found $(ls replies)"
cp -p replies/batch-0001.rep first.rep
expect 0 '^replies/batch-0001.rep: 4096 images, kept from before$' infer -m "$model" -p one.plan requests replies
grep -q '^replies/batch-0003.rep: 208 images, [0-9]' out || fail 'infer: expected the last batch done now'
[ "$(stat -c %y first.rep)" = "$(stat -c %y replies/batch-0001.rep)" ] ||
    fail 'infer: a finished reply was written again'
cryptonets decrypt -p one.plan -k one/secret.key replies > labels 2> err || fail 'decrypt: a folder'
"$helper" labels "$model" pixels | cut -d ' ' -f 2 > hundred
i=0
while [ $i -lt 84 ]; do cat hundred; i=$((i + 1)); done > expected
cut -d ' ' -f 2 labels | cmp -s - expected || fail 'many batches: labels differ from those of the clear network'
[ "$(tail -n 1 labels | cut -d ' ' -f 1)" = 8399 ] || fail 'many batches: expected numbers to go on from batch to batch'
# replies that are not whole, or that answer another request, of as many images or not, are made anew; age does not matter
head -c 1000 replies/batch-0001.rep > cut.rep && mv cut.rep replies/batch-0001.rep
cp -p replies/batch-0003.rep replies/batch-0002.rep
expect 0 '^replies/batch-0003.rep: 208 images, kept from before$' infer -m "$model" -p one.plan requests replies
[ "$(grep -c 'kept from before' out)" -eq 1 ] || fail 'infer: expected two replies made anew'
touch -d '2001-01-01' replies/batch-0003.rep
cp replies/batch-0001.rep replies/batch-0002.rep
expect 1 'CN_ERR_MISMATCH: replies/batch-0002.rep with requests/batch-0002.req: reply: answers another request' \
    decrypt -p one.plan -k one/secret.key --request=requests replies
expect 0 '^replies/batch-0002.rep: 4096 images, [0-9]' infer -m "$model" -p one.plan requests replies
[ "$(grep -c 'kept from before' out)" -eq 2 ] || fail 'infer: expected the reply to another request made anew, and an old one kept'
expect 0 '^0 ' decrypt -p one.plan -k one/secret.key --request=requests replies
expect 0 '^0 ' decrypt -p one.plan -k one/secret.key --request=requests/batch-0001.req replies/batch-0001.rep
expect 1 'CN_ERR_MISMATCH: .*reply: answers another request' \
    decrypt -p one.plan -k one/secret.key --request=requests/batch-0002.req replies/batch-0001.rep
expect 1 'CN_ERR_MISMATCH: requests/batch-0002.req: 1 requests; expected 3, one for each reply of replies' \
    decrypt -p one.plan -k one/secret.key --request=requests/batch-0002.req replies
expect 1 'CN_ERR_NOT_FOUND: none' decrypt -p one.plan -k one/secret.key --request=none replies/batch-0001.rep
expect 2 'decrypt: --request=REQUEST: expected a name' decrypt -p one.plan -k one/secret.key --request= replies
cryptonets decrypt -p one.plan -k one/secret.key replies 2> err | cmp -s - labels ||
    fail 'decrypt: expected the same labels again'
mv requests/batch-0002.req hidden
expect 1 'CN_ERR_NOT_FOUND: requests: expected batches numbered from 1 without a gap, found 2 of 3' \
    infer -m "$model" -p one.plan requests replies
"$helper" run "$program" encrypt -p one.plan -k one/secret.key -t 1 --format=raw many stopped > out 2> err < /dev/null &
child=$!
i=0
while [ ! -e stopped/batch-0001.req ] && [ $i -lt 600 ]; do sleep 0.05; i=$((i + 1)); done
kill -TERM $child
wait $child
code=$?
child=
[ $code -eq 130 ] || fail "encrypt: expected exit code 130 after SIGTERM, found $code"
[ ! -e stopped ] || fail 'encrypt: an interrupted run left files'
rm -rf requests replies many

# ---- a reply that does not decrypt retires the key ----
cp up.rep bad.rep
"$helper" spoil bad.rep 200 || exit 1
expect 1 'CN_ERR_NOISE: bad.rep: .*up/secret.key is now retired and will be refused; make new keys' \
    decrypt --plan=up.plan --key=up/secret.key bad.rep
expect 1 'CN_ERR_STATE: up/secret.key: secret key: retired' decrypt --plan=up.plan --key=up/secret.key up.rep
[ "$(stat -c %a up/secret.key)" = 600 ] || fail 'retired secret.key: expected mode 600'
cmp -s up/secret.key kept.key && fail 'retired secret.key: expected a mark in the file'
expect 0 '^1 81 1296$' decrypt --plan=up.plan --key=kept.key --scores up.rep
[ -z "$(find . -name '*.tmp')" ] || fail 'temporary files'

finish
