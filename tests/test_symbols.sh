#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors
#
# The interface of the built library is what the public headers declare: the shared library exports exactly the
# CN_API functions, and every global name of the static library begins with cn_.
set -e
srcdir=${srcdir:-.}
nm=${NM:-nm} # may hold options
shared=.libs/libcryptonets.so
static=.libs/libcryptonets.a
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Names in front of the first parenthesis of each declaration marked CN_API, comments and directives removed.
cat "$srcdir"/include/*.h | awk '
    { text = text $0 "\n" }
    END {
        while ((at = index(text, "/*")) > 0) {
            rest = substr(text, at)
            text = substr(text, 1, at - 1) " " substr(rest, index(rest, "*/") + 2)
        }
        count = split(text, line, "\n")
        for (i = 1; i <= count; i++) if (line[i] !~ /^[ \t]*#/) code = code line[i] " "
        count = split(code, declaration, /[;{}]/)
        for (i = 1; i <= count; i++) {
            if (declaration[i] !~ /(^|[^A-Za-z0-9_])CN_API([^A-Za-z0-9_]|$)/) continue
            head = substr(declaration[i], 1, index(declaration[i], "(") - 1)
            sub(/[ \t]+$/, "", head)
            sub(/.*[^A-Za-z0-9_]/, "", head)
            print head
        }
    }' | sort > "$folder/declared"
if ! [ -s "$folder/declared" ]; then
    echo "no CN_API declaration found in $srcdir/include" >&2
    exit 1
fi

status=0
tested=0
if [ -e "$shared" ]; then
    tested=1
    # Names the tool chain adds by itself: start and end of the library, sanitizers and coverage.
    # shellcheck disable=SC2086
    $nm -D --defined-only "$shared" | awk '{ print $NF }' | sed 's/@.*//' |
        grep -v -E '^(_init|_fini|_edata|_end|__bss_start|__odr_asan.*|__gcov_.*|mangle_path|__asan_.*)$' |
        sort -u > "$folder/exported" || :
    if ! diff "$folder/declared" "$folder/exported" > "$folder/difference"; then
        echo "exported symbols differ from the public headers (< declared only, > exported only):" >&2
        grep '^[<>]' "$folder/difference" >&2
        status=1
    fi
fi
if [ -e "$static" ]; then
    tested=1
    # shellcheck disable=SC2086
    if $nm -g --defined-only "$static" | awk 'NF == 3 { print $3 }' | grep -v -E '^(cn_|__odr_asan|__gcov_|__asan_)' >&2; then
        echo "the global names above do not begin with cn_" >&2
        status=1
    fi
fi
[ $tested = 1 ] || exit 77
[ $status = 0 ] && echo "$(wc -l < "$folder/declared") functions declared and exported"
exit $status
