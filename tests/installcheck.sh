#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors
#
# Compile and run a client of the installed library, and ask the installed programs for --help and --version:
# installcheck.sh CLIENT.c PKGCONFIGDIR LIBDIR BINDIR VERSION
# Environment: CC, CFLAGS, LDFLAGS, PKG_CONFIG as found by configure.
set -e
client=$1
libdir=$3
PKG_CONFIG_PATH=$2${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}
export PKG_CONFIG_PATH

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM

flags=$($PKG_CONFIG --cflags --libs cryptonets)
# CC, CFLAGS and flags are lists of words.
# shellcheck disable=SC2086
$CC $CFLAGS -o "$folder/client" "$client" $LDFLAGS $flags
LD_LIBRARY_PATH=$libdir${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} "$folder/client"
echo "installcheck: a client compiles through pkg-config and runs"

for program in cryptonets cryptonets-mnist; do
    LD_LIBRARY_PATH=$libdir${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} "$4/$program" --help > "$folder/help"
    grep -q '^Usage:' "$folder/help" || { echo "installcheck: $program --help says nothing of use"; exit 1; }
    LD_LIBRARY_PATH=$libdir${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} "$4/$program" --version | grep -q "$5" ||
        { echo "installcheck: $program --version does not say $5"; exit 1; }
done
echo "installcheck: the installed programs answer --help and --version"
