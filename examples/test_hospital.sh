#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors
#
# The hospital example: the generator gives the same bytes everywhere; scores, probabilities and areas are what awk makes of the same
# rows and of the networks' text by their definitions; integer and encrypted areas are the same fraction; hostile files are
# refused with one line, and nothing is left behind.
build=$PWD
program=$build/examples/hospital/hospital
generate=$build/examples/hospital/generate
own_name=hospital
. "$(dirname "$0")/../tests/lib.sh"
models=$top/examples/hospital/models

# ---- the generator ----
"$generate" --rows=4200 --seed=4 --risk > rows.csv 2> err || fail 'generate'
"$generate" --rows=1000 --seed=1 > out
digest=$("$generate" --rows=1000 --seed=1 --risk | sha256sum)
[ "$digest" = '13dec5f4cbe3ed6223b6ca624c92d29a6d0d9969efbf7713971038c4a846bbac  -' ] ||
    fail "1000 patients of seed 1: expected the bytes of every other machine, found $digest"
"$generate" --rows=10 --seed=1 | cmp -s - "$(head -n 11 out > first && echo first)" || fail 'patient i depends on how many are drawn'
[ "$(head -n 1 out)" = "$(head -n 1 rows.csv | sed 's/,risk,/,/')" ] || fail '--risk: expected one column more'
"$generate" --rows=2000 --seed=1 --summary 2>&1 > out |
    grep -q '^generate: [0-9]* of 2000 patients readmitted; AUC of the true risk 0\.7' || fail 'the summary'
for argument in --rows=0 --rows=x --seed=-1 --none more; do
    "$generate" $argument > out 2> err
    [ $? -eq 2 ] && [ "$(wc -l < err)" -eq 1 ] && [ ! -s out ] || fail "generate $argument: expected exit code 2 and one line"
done
if [ -w /dev/full ]; then
    "$generate" --rows=10 > /dev/full 2> err && fail 'generate on a full disk: expected a failure'
fi

# ---- two batches through both networks ----
mkdir results
expect 0 'hidden .* 0\.7[0-9]* .* 0\.7[0-9]* ' --out=results --threads=2 rows.csv "$models/logistic" "$models/hidden"
cp out report
grep -q 'in 2 batches of 4096' report || fail 'expected two batches'
[ "$(grep -c 'window: 0; encrypted scores unlike the clear ones: 0 of 8400' report)" -eq 2 ] || fail 'expected no score unlike'
[ "$(ls results | tr '\n' ' ')" = 'hidden.csv logistic.csv ' ] || fail 'expected two files'

for name in logistic hidden; do
    # Columns of the table of areas: integer and encrypted are the same text, and so are the counted pairs.
    awk -v n=$name '$1 == n && NF > 6 { found = $3 == $4 } END { exit !found }' report || fail "$name: areas that differ"

    # The area by its definition, pair by pair, from the file of probabilities.
    awk -F, -v n=$name -v report=report '
        FNR == 1 { next }
        { for (k = 5; k <= 7; k++) if ($8 == "yes") up[k, p + 0] = $k; else down[k, q + 0] = $k
          if ($8 == "yes") p++; else q++ }
        END {
            for (k = 5; k <= 7; k++)
                for (i = 0; i < p; i++) {
                    x = up[k, i] + 0
                    for (j = 0; j < q; j++) { y = down[k, j] + 0; h[k] += x > y ? 2 : x == y }
                }
            print n ": " p " and " q " rows, pairs " h[5], h[6], h[7]
            value = sprintf("%.6f", h[5] / (2 * p * q))
            said = sprintf("%s: pairs in the right order, twice: integer %d, encrypted %d of %d: identical", n, h[6], h[7], 2 * p * q)
            while ((getline line < report) > 0) {
                if (line == said) pairs = 1
                split(line, word, " ")
                if (word[1] == n && word[2] == value && word[3] == sprintf("%.6f", h[6] / (2 * p * q))) table = 1
            }
            exit !(pairs && table)
        }' results/$name.csv > out || fail "$name: expected the areas that counting pairs gives"

    # Scores and probabilities by their definitions: records, scaling.txt, and the text of both networks.
    awk -v models="$models" -v n=$name '
        function numbers(file, into,    line, k, word, count) {
            while ((getline line < file) > 0) for (k = 1; k <= split(line, word, " "); k++) into[++count] = word[k] + 0
            close(file)
            return count
        }
        function dense(x, in_count, w, b, y, units,    u, i) {
            for (u = 1; u <= units; u++) {
                y[u] = b[u]
                for (i = 1; i <= in_count; i++) y[u] += w[(u - 1) * in_count + i] * x[i]
            }
        }
        function logit(x,    y, z, u) { # of the network whose weights are loaded
            dense(x, features, w1, b1, y, units)
            if (n == "logistic") return y[2] - y[1]
            for (u = 1; u <= units; u++) y[u] *= y[u]
            dense(y, units, w2, b2, z, 2)
            return z[2] - z[1]
        }
        function load(folder) {
            units = numbers(folder "/b1.txt", b1)
            numbers(folder "/W1.txt", w1)
            if (n != "logistic") { numbers(folder "/W2.txt", w2); numbers(folder "/b2.txt", b2) }
        }
        BEGIN {
            while ((getline line < (models "/" n "/scaling.txt")) > 0) {
                split(line, word, " ")
                if (word[1] == "feature") { offset[++features] = word[2]; step[features] = word[3]; name[features] = word[4] }
                if (word[1] == "unit") unit = word[2]
            }
            FS = ","
            getline < "rows.csv"
            for (k = 1; k <= NF; k++) column[$k] = k
            while ((getline < "rows.csv") > 0) {
                rows++
                for (k = 1; k <= features; k++) {
                    at = ($column[name[k]] - offset[k]) / step[k]
                    real[rows, k] = (at - 128) / 32
                    at += 0.5
                    byte = int(at) - (at < int(at))
                    whole[rows, k] = (byte < 0 ? 0 : byte > 255 ? 255 : byte) - 128
                }
            }
            getline < ("results/" n ".csv")
            for (r = 1; r <= rows; r++) {
                if ((getline < ("results/" n ".csv")) <= 0 || $1 != r) { print "row " r ": none"; exit 1 }
                said[r] = $0
            }
            load(models "/" n)
            for (r = 1; r <= rows; r++) {
                for (k = 1; k <= features; k++) x[k] = whole[r, k]
                score[r] = logit(x)
            }
            load(models "/" n "-float")
            for (r = 1; r <= rows; r++) {
                for (k = 1; k <= features; k++) x[k] = real[r, k]
                $0 = said[r]
                found = logit(x)
                d = found - $5; if (d < 0) d = -d
                e = 1 / (1 + exp(-score[r] * unit)) - $3; if (e < 0) e = -e
                f = 1 / (1 + exp(-found)) - $2; if (f < 0) f = -f
                if ($6 != score[r] || $7 != score[r] || d > 1e-9 || e > 1e-6 || f > 1e-6 || $4 != $3) {
                    print "row " r ": expected score " score[r] ", logit " found "; found " said[r]
                    exit 1
                }
            }
        }' > out || fail "$name: expected scores and probabilities as awk computes them"
done

# The model files are the text beside them.
if [ -x "$build/cryptonets" ]; then
    for name in logistic hidden; do
        "$build/cryptonets" import "$models/$name" $name.cnm > out 2> err && cmp -s $name.cnm "$models/$name.cnm" ||
            fail "$name.cnm: expected what its folder imports to"
    done
fi

# ---- columns in any order, other columns, other line ends; no labels ----
net=$models/logistic
head -n 301 rows.csv > few.csv
awk -F, -v OFS=, '{ for (k = NF; k > 0; k--) printf "%s ,", $k; print NR == 1 ? "ward" : "north\r" }' few.csv |
    { printf '\357\273\277'; cat; printf '\n \n'; } > turned.csv
mkdir straight turned unlabelled
expect 0 'logistic' --out=straight few.csv "$net"
expect 0 'logistic' --out=turned turned.csv "$net"
cmp straight/logistic.csv turned/logistic.csv > out || fail 'the order of the columns matters'
cut -d , -f 1-13 few.csv > unlabelled.csv
expect 0 'logistic: 300 records' --out=unlabelled unlabelled.csv "$net"
grep -q AUC out && fail 'no labels: expected no area'
[ "$(head -n 2 unlabelled/logistic.csv | tail -n 1)" = "$(sed -n 's/,[a-z]*$//; 2p' straight/logistic.csv)" ] ||
    fail 'the labels change the probabilities'

# ---- values beyond the scale are cut, and counted ----
sed '2s/^[0-9]*,/-1000,/; 3s/^[0-9]*,/1e6,/' few.csv > far.csv
expect 0 'cut: [0-9]* of 3900 (age 2, ' far.csv "$net"

# ---- hostile files ----
mkdir none
refuse() { # WORDS FILE: exit code 1, one line, no file
    expect 1 "$1" --out=none "$2" "$net"
    [ -z "$(ls none)" ] || fail "$2: expected no file"
}
refuse 'absent.csv: expected a file' absent.csv
refuse '\.: expected a file to read' .
: > bad.csv && refuse 'is the file empty' bad.csv
head -n 1 few.csv > bad.csv && refuse 'expected rows behind' bad.csv
cut -d , -f 2- few.csv > bad.csv && refuse "line 1: expected a column 'age', found none among 14" bad.csv
sed '1s/female/age/' few.csv > bad.csv && refuse "expected one column 'age', found two" bad.csv
sed '7s/,/;/' few.csv > bad.csv && refuse 'line 7: expected 15 cells, .* found 14' bad.csv
sed '7s/$/,/' few.csv > bad.csv && refuse 'line 7: expected 15 cells, .* found 16' bad.csv
for value in nan inf 0x10 1e999 '' '1 2' 1.5. '--1' "$(printf 'a\033[2J')"; do
    awk -F, -v OFS=, -v v="$value" 'NR == 5 { $6 = v } 1' few.csv > bad.csv
    refuse "line 5, column 'creatinine': expected a finite decimal number, found '" bad.csv
    grep -q "$(printf '\033')" err && fail 'a control character on the terminal'
done
sed '4s/,[a-z]*$/,maybe/' few.csv > bad.csv && refuse "line 4, column 'readmitted': expected 'no' or 'yes', found 'maybe'" bad.csv
awk -F, -v OFS=, 'NR == 5 { $14 = 1.5 } 1' few.csv > bad.csv && refuse "column 'risk': expected a probability" bad.csv
sed '9s/^\(.*\)$/"\1"/' few.csv > bad.csv && refuse 'line 9: expected cells without quotes' bad.csv
{ cat few.csv; printf '1\0002\n'; } > bad.csv && refuse 'found a zero byte' bad.csv
awk 'BEGIN { for (i = 0; i < 70000; i++) printf "1"; print "" }' > long && cat few.csv long > bad.csv
refuse 'line 302: expected at most 65536 bytes' bad.csv
awk 'BEGIN { for (i = 0; i < 40000; i++) printf ","; print "" }' > bad.csv && refuse 'at most 32768 columns' bad.csv
awk -F, -v OFS=, 'NR == 5 { $6 = "1e200" } 1' few.csv > far.csv
expect 0 'creatinine' far.csv "$net"
expect 1 'row 4: expected a finite score' far.csv "$models/hidden"

# ---- networks that are not as they should be ----
spoil() { # WORDS FILE SED: a copy of the network with one file changed
    rm -rf net net-float net.cnm
    cp -R "$net" net && cp -R "$net-float" net-float && cp "$net.cnm" net.cnm && chmod -R u+w net net-float net.cnm
    sed "$3" "$2" > changed && cp changed "$2"
    expect 1 "$1" --out=none few.csv ./net
}
spoil 'line 2: expected .feature OFFSET STEP NAME' net/scaling.txt '2s/ 0\.[0-9]* / 0 /'
spoil "line 3: expected every feature once, found 'age' again" net/scaling.txt 's/female/age/'
spoil 'expected feature, class or unit' net/scaling.txt '4s/feature/faeture/'
spoil 'expected 2 lines .class LABEL., found 1' net/scaling.txt '/class no/d'
spoil "found 'no' twice" net/scaling.txt 's/class yes/class no/'
spoil 'expected 2 classes, found more' net/scaling.txt '$s/.*/class perhaps/'
spoil 'unit REAL' net/scaling.txt '/unit/d'
spoil 'net.cnm: expected a network of 12 inputs and 2 scores, .* found 13 and 2' net/scaling.txt '/female/d'
spoil 'W1.txt: expected 26 numbers, found 25' net-float/W1.txt '1s/[^ ]* //'
spoil 'b1.txt: line 2: expected a finite decimal number' net-float/b1.txt '2s/.*/nan/'
spoil 'lut.txt: expected a straight line' net-float/lut.txt '100s/.*/7/'
spoil 'W2.txt: expected a file' net-float/net.txt 's/fc 2/fc 2\
square\
fc 3/'
spoil 'expected input, lut, then fc lines' net-float/net.txt 's/fc 2/square\
fc 2/'
spoil 'W1.txt: expected 24 numbers, found 26' net-float/net.txt 's/13/12/'
cut -d ' ' -f 2- "$net-float/W1.txt" > net-float/W1.txt
expect 1 'net-float: expected a network of 13 inputs and 2 scores, found 12 and 2' few.csv ./net
spoil 'CN_ERR_DIGEST' net.cnm '1s/zzz//;s/seed/seek/'
rm net-float/net.txt && cp "$net.cnm" net.cnm
expect 1 'net-float/net.txt: expected a file' few.csv ./net
expect 1 'CN_ERR_NOT_FOUND' few.csv ./nowhere
expect 2 'expected RECORDS.csv and at least one NETWORK' few.csv
expect 2 'threads: expected a number of 1 to 64' --threads=0 few.csv "$net"
expect 2 'expected an option' --none few.csv "$net"

"$program" --out=absent few.csv "$net" > out 2> err && fail 'a folder that is not there: expected a failure'
grep -q '^hospital: absent: expected a folder' err || fail 'a folder that is not there'
mkdir -p taken/logistic.csv
"$program" --out=taken few.csv "$net" > out 2> err && fail 'a folder where the file should be: expected a failure'
[ "$(ls taken)" = logistic.csv ] || fail 'expected no file with part of the results'
if [ -w /dev/full ]; then
    "$program" few.csv "$net" > /dev/full 2> err && fail 'a full disk: expected a failure'
fi

# ---- the one command ----
CN_BUILD=$build sh "$top/examples/hospital/run" --rows=300 --seed=4 --out=demo > out 2> err || fail 'run'
cmp -s demo/logistic.csv straight/logistic.csv || fail 'run: expected the same probabilities'
[ "$(ls demo | tr '\n' ' ')" = 'hidden.csv logistic.csv records.csv ' ] || fail 'run: expected three files'
finish
