#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors
#
# The command `cryptonets` and its subcommand import, from outside: exit codes 0, 1 and 2, results on standard output,
# one line on standard error for each failure, no file left behind by one.
program=${CRYPTONETS:-$PWD/cryptonets}
own_name=cryptonets

. "$(dirname "$0")/lib.sh"

mkdir net empty
printf 'input 1 1 3\nfc 2\nsquare\nwindow -4 9\n' > net/net.txt
printf '1 -2 3\n4 5 -600\n' > net/W1.txt
printf '0\n7\n' > net/b1.txt
printf 'a network of two units\n' > net/README

expect 0 '^cryptonets [0-9]*\.[0-9]*\.[0-9]*$' --version
expect 0 '^cryptonets ' -V
expect 0 '^Usage: cryptonets ' --help
expect 0 'import' -h
expect 0 '^Usage: cryptonets import ' import --help
expect 2 "expected a command; try 'cryptonets --help'"
expect 2 "unknown command 'frobnicate'" frobnicate
expect 2 "unknown option '--frobnicate'" --frobnicate
expect 2 "unknown option '-x'" -x
expect 2 "takes no argument" --version=3
expect 2 'import: expected FOLDER and FILE, found 0 arguments' import
expect 2 'import: expected FOLDER and FILE, found 1 argument;' import net
expect 2 'import: expected FOLDER and FILE, found 3 arguments' import net a.cnm b.cnm
expect 2 "import: option '--name' needs an argument" import net a.cnm --name
expect 2 "import: unknown option '-q'" import -q net a.cnm
[ ! -e a.cnm ] || fail 'a file was written by a refused command line'

expect 0 'dense *2 x 1 x 1' import net a.cnm
grep -q '^model  net$' out || fail 'name of the folder'
grep -q -e '-600\.\.5' out || fail 'range of the weights'
grep -q 'window from -4, width 9 (4 bits)' out || fail 'window'
grep -q '^digest [0-9a-f]\{64\}$' out || fail 'digest'
grep -q 'a network of two units' a.cnm || fail 'provenance from README'
[ "$(head -c 7 a.cnm)" = CNMODEL ] || fail 'magic'

expect 0 '^model  other$' import --name other --provenance 'by hand' net/ b.cnm
grep -q 'by hand' b.cnm || fail 'provenance from the command line'
cmp -s a.cnm b.cnm && fail 'name and provenance are part of the file'
expect 0 '^model  net$' import -n net -p 'a network of two units' net b.cnm
cmp -s a.cnm b.cnm || fail 'the same model gives the same file, and replaces the old one'

cp a.cnm kept.cnm
printf '1 -2 3\n4 five -600\n' > net/W1.txt
expect 1 "CN_ERR_FORMAT: .*W1.txt: line 2, column 3: expected a weight, a whole number, found 'five'" import net a.cnm
cmp -s a.cnm kept.cnm || fail 'a failed import leaves the old file alone'
printf '1 -2 3\n4 9223372036854775808 5\n' > net/W1.txt
expect 1 'CN_ERR_RANGE: .*W1.txt: line 2, column 3: .*2^63' import net a.cnm
expect 1 'CN_ERR_NOT_FOUND: empty/net.txt' import empty c.cnm
expect 1 'CN_ERR_NOT_FOUND: none: expected a folder' import none c.cnm
expect 1 'expected a folder' import "$(printf 'two\nlines')" c.cnm
printf '1 -2 3\n4 5 -600\n' > net/W1.txt
expect 1 'CN_ERR_NOT_FOUND: none' import net none/c.cnm
expect 1 'CN_ERR_[A-Z]*: .*model name' import --name '' net c.cnm
[ ! -e c.cnm ] || fail 'a failed import leaves no file'
[ "$(ls | tr '\n' ' ')" = 'a.cnm b.cnm empty err kept.cnm net out ' ] || fail "files left behind: $(ls)"

if [ -w /dev/full ]; then
    "$program" import net a.cnm > /dev/full 2> err
    [ $? -eq 1 ] && [ "$(wc -l < err)" -eq 1 ] && grep -q '^cryptonets: CN_ERR_IO: standard output: ' err || fail 'a full disk under standard output is a failure'
fi

finish
