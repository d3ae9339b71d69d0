#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors
#
# The benchmark cryptonets-mnist from outside: exit codes, one line on standard error for each failure, damaged models and
# data, runs on synthetic digits with their JSON, repeated, with one thread beside two, within a bound of memory, model after
# model, and an interrupted run that leaves no file. With MNIST_DIR set, also a run on the real test set and damaged copies of it.
program=${CRYPTONETS_MNIST:-$PWD/bench/cryptonets-mnist}
own_name=cryptonets-mnist
measuring=${CRYPTONETS_MNIST_TEST:-$PWD/bench/cryptonets-mnist-test}

. "$(dirname "$0")/lib.sh"
unset MNIST_DIR
CRYPTONETS_MODELS=$models
export CRYPTONETS_MODELS

# ---- command line ----
expect 0 '^Usage: cryptonets-mnist ' --help
expect 0 '^ *--json=FILE' -h
expect 0 '^cryptonets-mnist [0-9]*\.[0-9]*\.[0-9]*$' --version
expect 2 "unknown option '--frobnicate'; try 'cryptonets-mnist --help'" --frobnicate
expect 2 "unknown option '-x'" -x
expect 2 "unknown option '--seed'" --seed 1
expect 2 "option '--limit' needs an argument" --limit
expect 2 "option '--strict=1' takes no argument" --strict=1
expect 2 "expected options only, found 'word'" word
for bad in 0 -1 x 1x '' ' 1' 99999999999999999999999999; do
    expect 2 "--limit: expected a whole number from 1 to .* found '$bad'" --limit "$bad"
done
expect 2 '--threads: expected a whole number from 1 to 256' --threads 257
expect 2 '--plains: ' --plains 9
expect 2 "--repeat: expected a whole number from 1 to 1000, found '1001'" --repeat 1001
expect 2 "--max-memory: expected a whole number from 1 to .* found '0'" --max-memory 0
expect 2 "option '--sweep=all' takes no argument" --sweep=all
expect 2 '--chart: expected one model, found --sweep' --sweep --chart c
expect 2 '--ways: does not go with --json' --ways --json x.json
expect 2 '--ways: does not go with --latency' --ways --latency
expect 2 '--scaling: expected one model, found --sweep' --sweep --scaling --threads 2
expect 2 "--scheme: expected bfv or yashe, found 'ntru'" --scheme ntru
expect 2 '--scaling: expected --threads of at least 2, found 1' --scaling --threads 1
expect 2 '--scaling: expected no --max-memory' --scaling --threads 2 --max-memory 1000
for bad in --sweep --scaling --strict --public-key '--plains 2' '--spool .' '--max-memory 5000' '--repeat 2' '--scheme bfv' \
    '--preset paper2016'; do
    # shellcheck disable=SC2086
    expect 2 "--latency: does not go with ${bad%% *}; try" --latency $bad
done
expect 1 '--batch 65536: expected at most ' --model depth1 --batch 65536

# ---- the parameters of 2016: refused unless asked for twice, and with options that do not go with them ----
historical='--preset paper2016 --insecure-historical'
expect 1 '--preset paper2016: refused, these parameters are broken: .* the secret key can be found from the public one' --preset paper2016
expect 2 "--preset: expected paper2016, found 'paper2017'" --preset paper2017 --insecure-historical
expect 2 '--insecure-historical: expected it with --preset paper2016' --insecure-historical --model depth1
for bad in --sweep --scaling --strict --public-key '--plains 2' '--spool .' '--chart c' '--max-memory 5000' '--repeat 2' '--batch 100'; do
    # shellcheck disable=SC2086
    expect 2 "--preset paper2016: does not go with ${bad%% *}: " $historical $bad
    # shellcheck disable=SC2086
    expect 2 "--preset paper2016: does not go with ${bad%% *}: " --preset paper2016 $bad
done
# shellcheck disable=SC2086
expect 2 '--preset paper2016: does not go with --limit above 8192' $historical --limit 8193
# shellcheck disable=SC2086
expect 1 'missing: expected a folder' $historical --mnist missing

# ---- models ----
expect 1 "model frobnicate: expected frobnicate.cnm in $models or " --model frobnicate
expect 1 'none.cnm: expected a readable file' --model none.cnm
head -c 1000 "$models/depth1.cnm" > short.cnm
expect 1 'short.cnm: offset 1000: expected [0-9]* bytes in all, found 1000' --model short.cnm
cp "$models/depth1.cnm" flipped.cnm
printf 'x' | dd of=flipped.cnm bs=1 seek=100000 conv=notrunc 2> /dev/null
expect 1 'flipped.cnm: offset [0-9]*: expected the SHA3-256 digest' --model ./flipped.cnm
{ cat "$models/depth1.cnm"; printf 'x'; } > long.cnm
expect 1 'long.cnm: offset [0-9]*: expected the end of the file' --model long.cnm
printf 'not a model at all, but text' > text.cnm
expect 1 'text.cnm: offset 0: ' --model text.cnm

# ---- data: IDX files of three images ----
idx_images() { printf '\000\000\010\003\000\000\000\003\000\000\000\034\000\000\000\034'; head -c 2352 /dev/zero; }
idx_labels() { printf '\000\000\010\001\000\000\000\003\001\002\003'; }
images=t10k-images-idx3-ubyte labels=t10k-labels-idx1-ubyte
mkdir good short long flipped labelless other empty
for folder in good short long flipped labelless other; do
    idx_images > $folder/$images
    idx_labels > $folder/$labels
done
expect 1 'missing: expected a folder' --model depth1 --mnist missing
MNIST_DIR=missing; export MNIST_DIR
expect 1 'missing: expected a folder' --model depth1
unset MNIST_DIR
expect 1 "empty/$images: expected this file" --model depth1 --mnist empty
head -c 2000 good/$images > short/$images
expect 1 "short/$images: offset [0-9]*: expected .* found" --model depth1 --mnist short
printf 'x' >> long/$images
expect 1 "long/$images: offset 2368: expected .* found" --model depth1 --mnist long
printf '\077' | dd of=flipped/$images bs=1 seek=2 conv=notrunc 2> /dev/null
expect 1 "flipped/$images: offset [0-9]*: expected .* found" --model depth1 --mnist flipped
printf '\013' | dd of=labelless/$labels bs=1 seek=9 conv=notrunc 2> /dev/null
expect 1 "labelless/$labels: offset 9: expected a label of 0 to 9, found 11" --model depth1 --mnist labelless
{ printf '\000\000\010\003\000\000\000\003\000\000\000\034\000\000\000\016'; head -c 1176 /dev/zero; } > other/$images
expect 1 'other: expected images of 784 pixels .* found 28 x 14' --model depth1 --mnist other
expect 0 '^data .*MNIST test set in good, 2 images' --model depth1 --mnist good --limit 2
if [ -n "$mnist" ]; then
    for name in "$mnist"/t10k-images-idx3-ubyte*; do
        [ -r "$name" ] || continue
        cp "$mnist"/t10k-labels-idx1-ubyte* "$mnist"/t10k-images-idx3-ubyte* empty/
        rm -f "empty/${name##*/}"
        head -c 200000 "$name" > "empty/${name##*/}"
    done
    expect 1 "empty/$images.*: .*expected .* found" --model depth1 --mnist empty
fi

# ---- a run, and its JSON ----
# check FILE CONDITION: a Python expression over the document r; without Python only its presence is checked
check() {
    if command -v python3 > /dev/null 2>&1; then
        python3 -c 'import json, sys; r = json.load(open(sys.argv[1])); sys.exit(not eval(sys.argv[2]))' "$1" "$2" ||
            fail "$1: expected $2"
    else
        grep -q '"mismatched_logits": 0' "$1" && ! grep -q '"mismatched_logits": [1-9]' "$1" || fail "$1: expected no mismatched logits"
    fi
}
expect 1 'nowhere/a.json: expected to write the results there' --model depth1 --limit 20 --json nowhere/a.json
expect 1 'good: expected to write the results there' --model depth1 --limit 20 --json good
expect 1 'nowhere/c-noise.svg: expected to write the results there' --model depth1 --limit 20 --chart nowhere/c
expect 0 'SYNTHETIC' --model depth1 --limit 20 --threads 2 --json a.json --chart c
for drawing in noise time; do
    grep -q '1 square' c-$drawing.svg || fail "c-$drawing.svg names the layers"
    [ "$(grep -c '<svg' c-$drawing.svg)" = "$(grep -c '</svg>' c-$drawing.svg)" ] || fail "c-$drawing.svg is complete"
    if command -v python3 > /dev/null; then
        python3 -c 'import sys, xml.etree.ElementTree as x; x.parse(sys.argv[1])' c-$drawing.svg || fail "c-$drawing.svg is XML"
    fi
done
[ "$(grep -c '<polyline' c-noise.svg)" = 2 ] || fail 'predicted noise and its limit are drawn'
[ "$(grep -c '<rect class="s0" x="300"' c-time.svg)" = 3 ] || fail 'a bar for each layer'
rm -f c-*.svg
grep -q '^scores unlike .* 0 of 200' out || fail 'scores in the table'
grep -q '^images per second, evaluate .* 16.4$' out || fail 'figures of the paper'
grep -q '^8 read as 8 ' out || fail 'digits drawn'
grep -q '"synthetic": true' a.json || fail 'synthetic digits are called so'
check a.json 'r["mismatched_logits"] == 0 and r["out_of_window"] == 0 and r["images"] == 20 and r["batches"] == 1'
check a.json 'r["model"] == "depth1" and r["scheme"] == "BFV" and r["threads"] == 2 and r["security_bits"] >= 128'
check a.json '0.8 <= r["accuracy"] <= 1 and r["accuracy"] == r["clear_accuracy"]'
check a.json 'r["slots"] == r["n"] and r["log2_q"] <= r["log2_qp"] < 128 and len(r["t"]) == 1 and 16 < r["T_bits"] < 50'
check a.json 'all(r["seconds"][k] > 0 for k in ("keygen", "encrypt", "expand", "evaluate", "decrypt"))'
check a.json 'abs(r["images_per_second"] * r["seconds"]["evaluate"] - 20) < 1e-6'
check a.json 'abs(r["images_per_second_wire"] * (r["seconds"]["evaluate"] + r["seconds"]["expand"]) - 20) < 1e-6'
check a.json 'r["bytes"]["upload"] > r["bytes"]["download"] > 0 == r["bytes"]["evaluation_keys"] and r["peak_rss_bytes"] > 1 << 20'
check a.json '[l["name"] for l in r["layers"]] == ["dense", "square", "dense"] and r["layers"][0]["segment"] == 1'
check a.json 'all(l["predicted_noise"] < l["limit"] and l["seconds"] > 0 and l["operations"] > 0 for l in r["layers"])'

# A batch size that does not divide the images; other options; an old file is replaced; no other file is left.
expect 0 '2 batches of at most 13 images' --model "$models/depth1.cnm" --limit 20 --batch 13 --public-key --plains 1 --json a.json
check a.json 'r["batches"] == 2 and r["images"] == 20 and r["mismatched_logits"] == 0 and r["public_key"] and not r["strict"]'
grep -q '^scores unlike .* 0 of 200' out || fail 'every image is in one of the batches'
# A link stays a link, and what it names is replaced; a folder or a link to nowhere is refused.
ln -s a.json link.json
ln -s nowhere/a.json dangling.json
expect 0 ' (strict)$' --model depth1 --limit 3 --strict --json link.json
[ -L link.json ] || fail 'a symbolic link is followed'
check a.json 'r["strict"] and r["images"] == 3 and r["mismatched_logits"] == 0'
expect 1 'dangling.json: expected to write' --model depth1 --limit 3 --json dangling.json
if [ -n "$mnist" ]; then
    expect 0 "MNIST test set in $mnist, 1000 images" --model depth1 --limit 1000 --mnist "$mnist" --json b.json
    check b.json 'r["mismatched_logits"] == 0 and not r["synthetic"] and 0.95 < r["accuracy"] < 1'
    rm -f b.json
fi

# Repetitions, and one thread beside two: medians, and replies that do not depend on the number of threads.
# ---- images one at a time ----
for cpu in portable avx2 avx512ifma; do # what the processor does not have becomes the best that it has
    CRYPTONETS_CPU=$cpu
    export CRYPTONETS_CPU
    expect 0 '4 images one at a time on 2 threads: 0 of 40 scores unlike' --latency --model depth1 --limit 4 --threads 2 --json l.json
    check l.json 'r["mismatched_logits"] == 0 and r["images"] == 4 and r["synthetic"] and r["accuracy"] == r["clear_accuracy"]'
done
unset CRYPTONETS_CPU
check l.json '0 < r["latency"]["server_ms_least"] <= r["latency"]["server_ms_median"] <= r["latency"]["server_ms_p99"]'
check l.json '0 < r["latency"]["upload_bytes"] <= 4 << 20 and 0 < r["latency"]["rotation_key_bytes"] <= 40 << 20'
check l.json 'r["latency"]["client_encrypt_ms_median"] > 0 and r["latency"]["decrypt_ms_median"] > 0 and len(r["latency"]["steps"]) == 5'
expect 0 'scores unlike' --latency --model depth1 --limit 2 --threads 1 --chart l
expect 0 '19 images 8 at a time on 2 threads: 0 of 190 scores unlike' --latency --batch 8 --model depth1 --limit 19 --threads 2 --json l.json
check l.json 'r["latency"]["images_per_request"] == 8 and r["images"] == 19 and r["mismatched_logits"] == 0'
check l.json 'abs(8 * r["latency"]["server_ms_median_per_image"] - r["latency"]["server_ms_median"]) < 1e-3'
expect 1 'packed plan: 3 images per request; expected a power of two up to 512' --latency --batch 3 --model depth1
expect 2 '--ways: does not go with --batch' --ways --batch 8
grep -q '1 square' l-noise.svg && grep -q 'encrypt' l-time.svg || fail '--latency --chart: two drawings'
rm -f l.json l-*.svg

expect 0 'their replies are identical$' --model depth1 --limit 20 --threads 2 --repeat 3 --scaling --json b.json
grep -q '^machine .*; kernels [a-z0-9]*; 2 threads$' out || fail 'kernels in the setup'
check b.json 'r["repeat"] == 3 == len(r["evaluate_seconds_all"]) and sorted(r["evaluate_seconds_all"])[1] == r["seconds"]["evaluate"]'
check b.json 'r["scaling"]["identical_replies"] is True and r["scaling"]["threads"] == 2 and r["mismatched_logits"] == 0'
check b.json '0.1 < r["scaling"]["evaluate_speedup"] < 10 and 0.1 < r["scaling"]["arithmetic_speedup"] < 10'
check b.json 'r["kernels"] in ("portable", "avx2", "avx512ifma") and 0.1 < r["core_ghz"] < 10 and r["max_memory_bytes"] is None'
check b.json 'all(abs(20 * r[k + "_us_per_image"] - 1e6 * r["seconds"][k]) < 1 for k in ("evaluate", "encrypt", "decrypt"))'
check b.json 'r["upload_bytes_per_image"] * r["slots"] == r["bytes"]["upload"] and "scaling" not in json.load(open("a.json"))'

# A bound of memory: refused with the least one, which is then enough. Sanitizers hold memory that was freed.
expect 1 '--max-memory 1: expected at least [0-9]* for model depth1' --model depth1 --limit 20 --max-memory 1
least=$(sed 's/.* at least \([0-9]*\) for.*/\1/' err)
if ! grep -q __asan_init "$program" "${program%/*}/.libs/${program##*/}" 2> /dev/null; then
    expect 1 'expected at least' --model depth1 --limit 20 --max-memory $((least - 2))
    least=$((least + 2)) # what the program holds before it begins differs by some pages
    expect 0 "^limit  *$least MiB of memory" --model depth1 --limit 20 --max-memory $least --json c.json
    check c.json "r['max_memory_bytes'] == $least << 20 and r['peak_rss_bytes'] <= r['max_memory_bytes']"
    check c.json 'r["mismatched_logits"] == 0 and r["peak_rss_bytes"] < json.load(open("b.json"))["peak_rss_bytes"] - (1 << 20)'
fi

# The request in a file: nothing is left behind; a folder that is not there.
expect 1 './missing: expected a folder' --model depth1 --limit 20 --spool ./missing
mkdir spool
expect 0 "scores unlike the clear network's  *0 of" --model depth1 --limit 20 --spool spool
rmdir spool

# All models of a folder: a damaged one does not stop the others. Then those that are named, with the defaults of a sweep.
mkdir nets
cp "$models/depth1.cnm" nets/a.cnm
cp short.cnm nets/b.cnm
cp "$models/depth1.cnm" nets/c.cnm
CRYPTONETS_MODELS=nets "$program" --sweep --limit 20 --threads 2 --json b.json > out 2> err < /dev/null
[ $? -eq 1 ] || fail 'a sweep with a damaged model: expected exit code 1'
[ "$(grep -c '^depth1  *BFV  *[0-9.]* .* 0$' out)" -eq 2 ] || fail 'a sweep: expected two lines of results'
grep -q '^b  *failed$' out || fail 'a sweep: expected the damaged model to be called failed'
[ "$(wc -l < err)" -eq 1 ] && grep -q 'nets/b.cnm: offset 1000' err || fail 'a sweep: expected one line on the damaged model'
check b.json 'r["failed"] == ["b"] and [x["model"] for x in r["runs"]] == ["depth1", "depth1"] and r["threads"] == 2'
check b.json 'r["version"] == json.load(open("a.json"))["version"] and r["cpu"] and r["kernels"] == r["runs"][0]["kernels"]'
check b.json 'all(x["mismatched_logits"] == 0 and x["images"] == 20 and x["limbs"] == 2 and x["layers"] for x in r["runs"])'
check b.json 'abs(r["runs"][1]["peak_rss_bytes"] / r["runs"][0]["peak_rss_bytes"] - 1) < 0.1'
expect 0 '^depth1 .* 0$' --sweep --model "$models/depth1.cnm" --mnist good --batch 2 --json b.json
check b.json '[(x["images"], x["batches"], x["threads"]) for x in r["runs"]] == [(2, 1, 1)] and not r["failed"]'
expect 1 "--model: expected names with commas between, found ','" --sweep --model ,
rm -rf nets b.json c.json
if [ -x "$measuring" ]; then
    "$measuring" --model depth1 --limit 20 --seed 1 --json b.json > out 2> err || fail 'the test build runs'
    grep -q 'seg stage .* measured$' out || fail 'a column of measured noise'
    check b.json 'all(-2 < l["measured_noise"] - l["predicted_noise"] < 0.5 for l in r["layers"])'
    # YASHE' says what it is, and stands beside BFV.
    "$measuring" --scheme yashe --model depth1 --limit 20 --seed 1 --json b.json > out 2> err || fail "YASHE' runs"
    [ "$(grep -c 'research: overstretched NTRU' out)" -eq 2 ] || fail "YASHE' carries its label"
    grep -q "^scheme  *YASHE'  *BFV  *YASHE'$" out || fail "YASHE' beside BFV"
    [ "$(grep -c "^scores unlike .* 0 of 200  *0 of 200" out)" -eq 1 ] || fail 'scores of both schemes'
    check b.json 'r["scheme"] == "YASHE'"'"'" and "research" in r["label"] and r["n"] == 32768 and r["log2_q"] <= 190 and r["public_key"]'
    check b.json 'r["mismatched_logits"] == 0 == r["beside"]["mismatched_logits"] and r["beside"]["scheme"] == "BFV"'
    check b.json '"label" not in r["beside"] and all(l["parts"] == 1 for l in r["layers"])'
    check b.json 'all(-0.5 < l["measured_noise"] - l["predicted_noise"] < 0.3 for l in r["layers"])'
    rm -f b.json
fi

# ---- interrupted: once it runs, SIGINT; exit code 130, one line, no file ----
# interrupt WORDS ARGUMENT...: stop it when WORDS are on stdout
interrupt() {
    words=$1
    shift
    rm -f out # what an earlier run said must not be taken for this one
    "$program" "$@" --json late.json > out 2> err < /dev/null &
    child=$!
    tries=0
    until grep -q "$words" out 2> grep.err || [ $tries -ge 200 ]; do
        sleep 0.1
        tries=$((tries + 1))
    done
    kill -INT $child
    rm -f grep.err
    wait $child
    [ $? -eq 130 ] || fail 'interrupted: expected exit code 130'
    child=
    grep -q '^scores unlike ' out && fail 'interrupted: expected the run to stop'
    [ "$(wc -l < err)" -eq 1 ] && grep -q 'interrupted' err || fail 'interrupted: expected one line'
}
# shellcheck disable=SC2086
interrupt '^noise ' $historical --limit 10
grep -q 'SECURITY .* reproduced for historical fidelity only' out && grep -q 'of type insecure-historical-2016$' out ||
    fail 'the parameters of 2016 are called insecure'
interrupt '^run ' --model paper-small --limit 100000
left=$(ls | tr '\n' ' ')
[ "$left" = "a.json dangling.json empty err flipped flipped.cnm good labelless link.json long long.cnm other out short short.cnm text.cnm " ] ||
    fail "files left behind: $left"

finish
