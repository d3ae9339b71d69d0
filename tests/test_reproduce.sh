#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors
#
# The program behind `make reproduce` from outside: its command line, experiments that need no data, the report and its JSON, a
# report that cannot be written, networks and data that are not the pinned ones, an experiment that fails.
program=${REPRODUCE:-$PWD/bench/reproduce}
own_name=reproduce

. "$(dirname "$0")/lib.sh"
unset MNIST_DIR
CRYPTONETS_MODELS=$models
export CRYPTONETS_MODELS

# well_formed FILE: as XML, and with nothing that would be loaded from elsewhere
well_formed() {
    if command -v xmllint > /dev/null 2>&1; then
        xmllint --noout "$1" > /dev/null 2>&1 || fail "$1: expected well-formed XML"
    fi
    tail -n 1 "$1" | grep -q '^</html>$' || fail "$1: expected a complete page"
    ! grep -q -e '<script' -e '<link' -e ' src=' -e 'url(' "$1" || fail "$1: expected a page that needs nothing else"
}

# differs WORDS ARGUMENT...: exit code 1, WORDS on standard output, one line at the end that counts rows, a report that marks them
differs() {
    words=$1
    shift
    "$program" "$@" --out r.html > out 2> err < /dev/null
    found=$?
    [ $found -eq 1 ] || fail "$*: expected exit code 1, found $found"
    grep -q -e "$words" out || fail "$*: expected '$words' on standard output"
    tail -n 1 err | grep -q '^reproduce: [0-9]* rows differ or failed; they are marked in r.html$' || fail "$*: expected a count of rows"
    grep -q 'class="bad"' r.html || fail "$*: expected marked rows in the report"
    well_formed r.html
}

# ---- command line ----
expect 0 '^Usage: reproduce ' --help
expect 0 '^reproduce [0-9]*\.[0-9]*\.[0-9]*$' --version
expect 2 "unknown option '--frobnicate'; try 'reproduce --help'" --frobnicate
expect 2 "--only: expected the name of an experiment, found 'frobnicate'" --only frobnicate
expect 2 "--only paper2016: left out by --quick" --only paper2016 --quick
expect 2 "--threads: expected a whole number from 1 to 256, found '0'" --threads 0
expect 2 "--note: expected NAME=TEXT, found 'word'" --note word
expect 2 "expected options only, found 'word'" word

# ---- without the data of the papers ----
expect 1 'accuracy: expected the MNIST test set, found no MNIST_DIR and no --mnist; fetch it with .tools/fetch-mnist'
expect 1 'yashe: expected the MNIST test set' --only yashe
[ ! -e reproduce.html ] || fail 'reproduce.html: expected none'

# ---- a report ----
expect 0 '^sigmoid, degree 3 .* 0.0894603755 .* ok$' --only activations --json a.json --note 'odd=<b> & "quotes"'
well_formed reproduce.html
grep -q '&lt;b&gt; &amp; &quot;quotes&quot;' reproduce.html || fail 'reproduce.html: expected an escaped note'
grep -q '<svg ' reproduce.html || fail 'reproduce.html: expected a drawing'
if command -v python3 > /dev/null 2>&1; then
    python3 > out 2> err <<'END' || fail 'a.json: expected 27 errors that fall with the degree'
import json
r = json.load(open("a.json"))
rows = r["experiments"][0]["rows"]
assert r["rows_ok"] == 27 and r["rows_not_ok"] == 0 and r["synthetic"] and not r["quick"]
for k in range(0, 27, 9):
    errors = [row["measured"] for row in rows[k:k + 9]]
    assert all(y <= x * (1 + 1e-9) for x, y in zip(errors, errors[1:])) and errors[8] < errors[0] / 4
assert all(row["verdict"] == "ok" and abs(row["measured"] / row["expected"] - 1) <= row["tolerance"] == 1e-6 for row in rows)
assert all(s["reading"] and s["in"] for s in r["sources"])
END
fi

# ---- a report that cannot be written ----
expect 1 'nowhere/r.html: expected to write the results there' --only activations --out nowhere/r.html
mkdir results
expect 1 'results: expected to write the results there' --only activations --out results
echo before > results/r.html
timeout -s KILL 1 "$program" --only networks --out results/r.html > out 2> err
[ "$(cat results/r.html)" = before ] || fail 'results/r.html: expected it unchanged by a run that was ended'
[ "$(ls results)" = r.html ] || fail 'results: expected one file in it'
if [ -c /dev/full ]; then
    "$program" --only activations --out /dev/full > out 2> err
    found=$?
    [ $found -eq 1 ] || fail "--out /dev/full: expected exit code 1, found $found"
    grep -q '^reproduce: /dev/full: expected to write the results there' err || fail '--out /dev/full: expected a reason'
fi

# ---- interrupted ----
"$program" --only networks --out i.html > out 2> err &
child=$!
sleep 2
kill -INT $child
wait $child
found=$?
child=
[ $found -eq 130 ] || fail "interrupted: expected exit code 130, found $found"
[ "$(cat err)" = 'reproduce: interrupted; no report was written' ] || fail 'interrupted: expected one line'
[ ! -e i.html ] || fail 'i.html: expected none'

# ---- networks and data that are not the pinned ones ----
mkdir other tiny
cp "$models/depth1.cnm" other/paper-small.cnm
{ printf '\000\000\010\003\000\000\000\001\000\000\000\034\000\000\000\034'; head -c 784 /dev/zero; } > tiny/t10k-images-idx3-ubyte
printf '\000\000\010\001\000\000\000\001\007' > tiny/t10k-labels-idx1-ubyte
CRYPTONETS_MODELS=$PWD/other
differs '^paper-small, model  *DIFFERS ' --only networks --mnist tiny
grep -q '^t10k-images-idx3-ubyte  *DIFFERS ' out || fail 'tiny: expected data that differ'
grep -q '^reproduce: 3 rows ' err || fail 'expected three rows that differ'

# An experiment that fails is a row that says so; the others go on.
head -c 1000 "$models/paper.cnm" > other/paper.cnm
differs '^noise .* FAILED$' --only noise --only activations
grep -q '^relu, degree 9 .* ok$' out || fail 'expected the activations beside a failure'

finish
