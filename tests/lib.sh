# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors
#
# What scripts share that test a program from outside. They set program, its path, and own_name, what its lines on standard
# error begin with, and source this file: it leads to an empty folder of its own, which is removed in the end.
[ -x "$program" ] || { echo "skipped: no $program"; exit 77; }

work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work" || exit 99
failures=0

fail() {
    failures=$((failures + 1))
    echo "FAIL: $*"
    sed 's/^/    out: /' out
    sed 's/^/    err: /' err
}

# expect CODE WORDS ARGUMENT...: run, compare the exit code, look for WORDS on stdout (code 0) or stderr
expect() {
    code=$1 words=$2
    shift 2
    "$program" "$@" > out 2> err < /dev/null
    found=$?
    [ $found -eq "$code" ] || fail "$*: expected exit code $code, found $found"
    if [ "$code" -eq 0 ]; then
        [ ! -s err ] || fail "$*: expected nothing on standard error"
        grep -q -e "$words" out || fail "$*: expected '$words' on standard output"
    else
        [ ! -s out ] || fail "$*: expected nothing on standard output"
        [ "$(wc -l < err)" -eq 1 ] || fail "$*: expected one line on standard error"
        [ "$own_name" != cryptonets ] || [ "$code" -ne 1 ] || grep -q '^cryptonets: CN_ERR_[A-Z_]*: [^ ]' err ||
            fail "$*: expected the code in front of the sentence"
        grep -q -e "^$own_name: .*$words" err || fail "$*: expected '$own_name: ... $words' on standard error"
    fi
}

# finish: say what came of it, and end
finish() {
    [ $failures -eq 0 ] || { echo "$failures failed"; exit 1; }
    echo 'all passed'
    exit 0
}
