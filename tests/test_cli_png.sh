#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors
#
# PNG images for encrypt and check: grey ones of every depth are the bytes that they should be, several files are several images, all
# others are refused in one sentence, and so is what is damaged, cut short, or says that it is huge. Without libpng the sentence says
# so, and the rest is skipped.
program=${CRYPTONETS:-$PWD/cryptonets}
own_name=cryptonets
command -v python3 > /dev/null 2>&1 || { echo 'skipped: no python3'; exit 77; }
python3 -c 'import zlib' 2> /dev/null || { echo 'skipped: python3 without zlib'; exit 77; }

. "$(dirname "$0")/lib.sh"

# ---- a network whose scores are its inputs, 3 x 4 pixels ----
mkdir net
printf 'input 1 3 4\nfc 12\nwindow 0 256\n' > net/net.txt
awk 'BEGIN { for (i = 0; i < 12; i++) { for (j = 0; j < 12; j++) printf "%d ", i == j; print "" } }' > net/W1.txt
awk 'BEGIN { for (i = 0; i < 12; i++) print 0 }' > net/b1.txt
expect 0 '^model  net' import net net.cnm
expect 0 '^security ' plan --out=net.plan net.cnm
expect 0 '^key id' keygen --plan=net.plan keys

# ---- files ----
python3 - << 'END' || exit 1
import struct, zlib

def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

def png(width, height, depth, colour, rows, interlace=0, extra=b""):
    raw = b"".join(b"\0" + row for row in rows)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace)) + extra +
            chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b""))

def write(name, data):
    open(name, "wb").write(data)

a = [bytes(range(4 * y, 4 * y + 4)) for y in range(3)]
b = [bytes([255, 0, 128, 7]), bytes([1, 2, 3, 4]), bytes([200, 100, 50, 25])]
grey = png(4, 3, 8, 0, a)
write("a.png", grey)
write("b.png", png(4, 3, 8, 0, b))
write("long.png", png(12, 1, 8, 0, [b"".join(a)]))
write("gamma.png", png(4, 3, 8, 0, a, extra=chunk(b"gAMA", struct.pack(">I", 45455))))
write("bits1.png", png(4, 3, 1, 0, [b"\xa0", b"\x50", b"\xf0"]))
write("bits2.png", png(4, 3, 2, 0, [b"\x1b", b"\x00", b"\xff"]))
write("bits4.png", png(4, 3, 4, 0, [b"\x01\x23", b"\x45\x67", b"\x89\xaf"]))
# the first three of Adam7's passes that a 4 x 3 image has, and the others
passes = [[b"\x00"], [], [], [b"\x02"], [b"\x08\x0a"], [b"\x01\x03", b"\x09\x0b"], [b"\x04\x05\x06\x07"]]
raw = b"".join(b"\0" + row for p in passes for row in p)
write("adam7.png", b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 3, 8, 0, 0, 0, 1)) + chunk(b"IDAT", zlib.compress(raw)) +
      chunk(b"IEND", b""))
write("rgb.png", png(4, 3, 8, 2, [row * 3 for row in a]))
write("rgba.png", png(4, 3, 8, 6, [row * 4 for row in a]))
write("alpha.png", png(4, 3, 8, 4, [row * 2 for row in a]))
write("deep.png", png(4, 3, 16, 0, [row * 2 for row in a]))
write("palette.png", png(4, 3, 8, 3, a, extra=chunk(b"PLTE", bytes(range(36)))))
write("clear.png", png(4, 3, 8, 0, a, extra=chunk(b"tRNS", b"\0\1")))
write("small.png", png(3, 3, 8, 0, [row[:3] for row in a]))
write("huge.png", b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 2**31 - 1, 2**31 - 1, 8, 0, 0, 0, 0)) + grey[33:])
write("large.png", b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 60000, 60000, 8, 0, 0, 0, 0)) + grey[33:])
write("zero.png", b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 0, 3, 8, 0, 0, 0, 0)) + grey[33:])
write("behind.png", grey + b"x")
write("crc.png", grey[:45] + bytes([grey[45] ^ 1]) + grey[46:])
write("few.png", png(4, 3, 8, 0, a[:2]))
write("filter.png", b"\x89PNG\r\n\x1a\n" + grey[8:33] + chunk(b"IDAT", zlib.compress(b"\x09" + a[0] + b"\0" + a[1] + b"\0" + a[2])) + chunk(b"IEND", b""))
bomb = chunk(b"zTXt", b"x\0\0" + zlib.compress(b"y" * 50000000))
write("bomb.png", png(4, 3, 8, 0, a, extra=bomb))
for size in range(len(grey)):
    write("cut-%03d.png" % size, grey[:size])
END

# ---- without libpng ----
"$program" encrypt --plan=net.plan --key=keys/secret.key a.png first.req > out 2> err
if grep -q 'built without libpng' err; then
    expect 1 'CN_ERR_UNSUPPORTED: a.png: PNG: this program was built without libpng; expected IDX, CSV or raw bytes; convert the images, or' \
        encrypt --plan=net.plan --key=keys/secret.key a.png x.req
    expect 1 'CN_ERR_UNSUPPORTED: a.png: ' check net.cnm a.png
    [ ! -e x.req ] || fail 'a refused run left a request'
    finish
fi

# ---- images ----
encrypt() { "$program" encrypt --plan=net.plan --key=keys/secret.key "$@"; }
# scores FILE...: what the network sees of these files
scores() {
    encrypt "$@" x.req > out 2> err && "$program" infer --model=net.cnm --plan=net.plan x.req x.rep > out 2> err &&
        "$program" decrypt --plan=net.plan --key=keys/secret.key --scores x.rep 2> err
}
# sees NUMBERS FILE...
sees() {
    numbers=$1
    shift
    scores "$@" > found || fail "$*: exit code $?"
    [ "$(cat found)" = "$numbers" ] || fail "$*: expected $numbers, found $(cat found)"
}
sees '0 0 1 2 3 4 5 6 7 8 9 10 11' a.png
sees '0 0 1 2 3 4 5 6 7 8 9 10 11' long.png
sees '0 0 1 2 3 4 5 6 7 8 9 10 11' gamma.png
sees '0 0 1 2 3 4 5 6 7 8 9 10 11' adam7.png
sees '0 0 1 2 3 4 5 6 7 8 9 10 11' --format=png a.png
sees '0 255 0 255 0 0 255 0 255 255 255 255 255' bits1.png
sees '0 0 85 170 255 0 0 0 0 255 255 255 255' bits2.png
sees '0 0 17 34 51 68 85 102 119 136 153 170 255' bits4.png
sees '0 0 1 2 3 4 5 6 7 8 9 10 11
1 255 0 128 7 1 2 3 4 200 100 50 25
2 0 1 2 3 4 5 6 7 8 9 10 11' a.png b.png a.png
sees '0 255 0 128 7 1 2 3 4 200 100 50 25' --first=1 --count=1 a.png b.png a.png
printf '9,9,9,9,9,9,9,9,9,9,9,9\n8,8,8,8,8,8,8,8,8,8,8,8\n' > two.csv # other kinds of files follow each other, too
sees '0 9 9 9 9 9 9 9 9 9 9 9 9
1 8 8 8 8 8 8 8 8 8 8 8 8
2 255 0 128 7 1 2 3 4 200 100 50 25' two.csv b.png
gzip -c a.png > a.png.gz
"$program" encrypt --plan=net.plan --key=keys/secret.key a.png.gz x.req > out 2> err && sees '0 0 1 2 3 4 5 6 7 8 9 10 11' a.png.gz
expect 0 'net: 2 images, every value equal after every layer' check net.cnm a.png b.png

# ---- refusals ----
rm x.req
refused() { expect 1 "$1" encrypt --plan=net.plan --key=keys/secret.key "$2" x.req; }
refused 'CN_ERR_UNSUPPORTED: rgb.png: PNG: RGB colour of 8 bits; expected grey of at most 8 bits without transparency; convert it' rgb.png
refused 'CN_ERR_UNSUPPORTED: rgba.png: PNG: RGB colour with alpha of 8 bits' rgba.png
refused 'CN_ERR_UNSUPPORTED: alpha.png: PNG: grey with alpha of 8 bits' alpha.png
refused 'CN_ERR_UNSUPPORTED: deep.png: PNG: grey of 16 bits' deep.png
refused 'CN_ERR_UNSUPPORTED: palette.png: PNG: palette of 8 bits' palette.png
refused 'CN_ERR_UNSUPPORTED: clear.png: PNG: grey of 8 bits, transparent' clear.png
refused 'CN_ERR_MISMATCH: small.png: PNG: an image of 3 x 3 pixels; expected 12 in all' small.png
refused 'CN_ERR_FORMAT: huge.png: PNG: .*; the file is damaged' huge.png
refused 'CN_ERR_MISMATCH: large.png: PNG: an image of 60000 x 60000 pixels; expected 12' large.png
refused 'CN_ERR_FORMAT: zero.png: PNG: ' zero.png
refused 'CN_ERR_FORMAT: behind.png: PNG: 1 bytes behind the image' behind.png
refused 'CN_ERR_FORMAT: crc.png: PNG: ' crc.png
refused 'CN_ERR_FORMAT: few.png: PNG: ' few.png
refused 'CN_ERR_FORMAT: filter.png: PNG: ' filter.png
for file in cut-*.png; do
    [ "$(stat -c %s "$file")" -ge 8 ] || continue
    refused "CN_ERR_FORMAT: $file: PNG: .*; the file is damaged" "$file"
done
refused 'CN_ERR_MAGIC: cut-007.png: expected an IDX file of images, a PNG file' cut-007.png
expect 1 'CN_ERR_FORMAT: two.csv: PNG: .*damaged' encrypt --plan=net.plan --key=keys/secret.key --format=png two.csv x.req
expect 1 'CN_ERR_SIZE: a.png and others: 2 images; expected at least 3' encrypt --plan=net.plan --key=keys/secret.key --count=3 a.png b.png x.req
limit='ulimit -v 1000000'
(eval "$limit" && "$program" --version) > out 2> err || limit=: # sanitizers reserve more than that
(eval "$limit" && encrypt bomb.png y.req) > out 2> err || grep -q 'CN_ERR_FORMAT: bomb.png' err || fail 'bomb.png: expected to be read, or refused as damaged'
[ ! -e x.req ] || fail 'a refused run left a request'
# the name of the request is forgotten: an image is not overwritten
cp b.png last.png
expect 1 'CN_ERR_STATE: last.png: expected a new name or that of a request, found another file' encrypt --plan=net.plan --key=keys/secret.key a.png last.png
cmp -s b.png last.png || fail 'last.png: overwritten'

finish
