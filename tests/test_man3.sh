#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors
#
# A manual page for every function of the public headers, and what is in one.
srcdir=${srcdir:-.}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
fail() { echo "FAIL: $*"; exit 1; }

"$srcdir/tools/make-man3" "$folder/man" "$srcdir"/include/*.h > "$folder/list" || fail "make-man3: exit code $?"
declared=$(cat "$srcdir"/include/*.h | grep -c '^CN_API ')
[ "$(wc -l < "$folder/list")" -eq "$declared" ] || fail "expected $declared pages, found $(wc -l < "$folder/list")"
[ "$(sort -u "$folder/list" | wc -l)" -eq "$declared" ] || fail 'the same page twice'
while read -r page; do
    [ -s "$folder/man/$page" ] || fail "$page: missing"
    awk '/^\.SH DESCRIPTION/ { on = 1; next } /^\.SH/ { on = 0 } on && NF { found = 1 } END { exit !found }' "$folder/man/$page" ||
        fail "$page: no description"
done < "$folder/list"
page=$folder/man/cn_crt_join.3
grep -q '^cn_crt_join \\- Join residues modulo the plaintext primes$' "$page" || fail 'cn_crt_join: its name'
grep -q '^\.B cn_status cn_crt_join(cn_i128 \*out, const uint64_t \*r, const cn_context \*ctx);$' "$page" || fail 'cn_crt_join: its prototype'
grep -q 'CN_ERR_ALIAS' "$page" || fail 'cn_crt_join: its statuses'
grep -q '^Release\. NULL is allowed\.$' "$folder/man/cn_public_key_free.3" || fail 'cn_public_key_free: its description'
if command -v groff > /dev/null; then
    for file in "$folder"/man/*.3; do
        # Debian's base package of groff has no man macros.
        warnings=$(groff -man -ww -z "$file" 2>&1 | grep -v "can't find macro file\|cannot load\|cannot open" | grep -v adjust) && fail "$file: $warnings"
    done
fi
echo "all passed, $declared pages"
