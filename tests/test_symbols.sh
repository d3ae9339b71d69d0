#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors
#
# The interface of the built library is what the public headers declare: the shared library exports exactly the
# CN_API functions, and every global name of the static library begins with cn_. The library for servers has nothing that makes
# keys or decrypts, the one for clients nothing that reads or evaluates networks; both are complete.
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

# forbidden LIBRARY PATTERN: no defined name, global or of one file, matches; nothing of the project is missing.
forbidden() {
    library=.libs/$1
    [ -e "$library" ] || return 0
    tested=1
    # shellcheck disable=SC2086
    $nm "$library" > "$folder/names"
    grep -q ' [Tt] cn_' "$folder/names" || { echo "$library: expected names, found none" >&2; status=1; }
    if awk 'NF == 3 && $2 != "U" { print $3 }' "$folder/names" |
        grep -v -x -E 'cn_free_secret|cn_poly_clear_secret|cn_noise_fresh_secret|cn_server_set_public_key' | grep -E "$2" >&2; then
        echo "$library must not have the names above" >&2
        status=1
    fi
    if awk 'NF > 1 && $(NF - 1) == "U" { print $NF }' "$folder/names" | grep '^cn_' > "$folder/missing"; then
        awk 'NF == 3 && $2 != "U" { print $3 }' "$folder/names" | sort -u > "$folder/defined"
        if sort -u "$folder/missing" | comm -23 - "$folder/defined" | grep . >&2; then
            echo "$library lacks the names above" >&2
            status=1
        fi
    fi
}
secret='secret|decrypt|decode_phase|phase$|_key_new|relin_key$|public_key$|new_pair|cn_client_|cn_single_client_|cn_single_encrypt'
for kind in a so; do
    forbidden "libcryptonets-server.$kind" "$secret"
    forbidden "libcryptonets-client.$kind" '^cn_(server|model|program|tile|clear|plan_new|plan_search|moments|single_(server|evaluate|rebuild|plan_new|lay_out))'
done
# The pattern finds what it is for.
if [ -e "$static" ]; then
    # shellcheck disable=SC2086
    for name in cn_secret_key_new cn_public_key_new cn_relin_key_new cn_decrypt cn_phase cn_decode_phase bfv_secret_key bfv_relin_key \
        bfv_phase yashe_phase cn_client_decrypt; do
        $nm "$static" | awk 'NF == 3 && $2 != "U" { print $3 }' | grep -x "$name" | grep -q -E "$secret" ||
            { echo "$static: expected $name, and the pattern to match it" >&2; status=1; }
    done
fi
[ $tested = 1 ] || exit 77
[ $status = 0 ] && echo "$(wc -l < "$folder/declared") functions declared and exported"
exit $status
