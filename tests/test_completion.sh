#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors
#
# What bash completes after some beginnings of a command line. Skipped without bash.
command -v bash > /dev/null || { echo 'skipped: no bash'; exit 77; }
PROGRAM=${CRYPTONETS:-$PWD/cryptonets} SCRIPT=${srcdir:-.}/tools/completion/cryptonets exec bash -s << 'END'
. "$SCRIPT"
failures=0
expect() { # EXPECTED WORD...: the completions of the last word, joined by blanks
    local expected=$1
    shift
    COMP_WORDS=("$PROGRAM" "$@")
    COMP_CWORD=$#
    _cryptonets
    [ "${COMPREPLY[*]}" = "$expected" ] || { echo "FAIL: $*: expected '$expected', found '${COMPREPLY[*]}'"; failures=$((failures + 1)); }
}
COMP_WORDS=("$PROGRAM" '') COMP_CWORD=1
_cryptonets
for command in approx explain import inspect quantise selftest; do
    [[ " ${COMPREPLY[*]} " == *" $command "* ]] || { echo "FAIL: no $command"; failures=$((failures + 1)); }
done
expect 'inspect' ins
expect 'quantise' qu
expect '--plan=' inspect --p
expect '--plan= --help' inspect --
expect 'CN_ERR_DIGIT CN_ERR_DIGEST' explain cn_err_dig
expect '' nothing --p
[ $failures -eq 0 ] && echo 'all passed'
exit $((failures > 0))
END
