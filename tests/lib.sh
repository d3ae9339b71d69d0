# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors
#
# What scripts share that test a program from outside. They set program, its path, and own_name, what its lines on standard
# error begin with, and source this file: it leads to an empty folder of its own, which is removed in the end. Out:
#   top, models    folders of the sources, from which scripts lie one folder down, and of the trained networks
#   mnist          folder of MNIST; empty if MNIST_DIR is not set
#   child          empty; a script that leaves a process in the background sets it, and it is killed in the end
[ -x "$program" ] || { echo "skipped: no $program"; exit 77; }

top=$(cd "$(dirname "$0")/.." && pwd) || exit 99
models=$top/bench/models
mnist=${MNIST_DIR:-}
[ -z "$mnist" ] || mnist=$(cd "$mnist" && pwd) || exit 99
helper=${CLI_HELPER:-$PWD/tests/cli_helper}

work=$(mktemp -d) || exit 99
child=
trap '[ -z "$child" ] || kill -9 $child 2> /dev/null; chmod -R u+rwx "$work"; rm -rf "$work"' EXIT
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

# need_helper: skip the script where there is no cli_helper, a program whose path is then in helper
need_helper() { [ -x "$helper" ] || { echo "skipped: no $helper"; exit 77; }; }

# digits COUNT FILE: so many images of 28 x 28 bytes, of MNIST where it is, else drawn; needs the helper
digits() {
    if [ -n "$mnist" ]; then "$helper" mnist "$mnist" "$1" "$2"; else "$helper" draw "$1" "$2"; fi || exit 1
}

# finish: say what came of it, and end
finish() {
    [ $failures -eq 0 ] || { echo "$failures failed"; exit 1; }
    echo 'all passed'
    exit 0
}
