#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors
#
# The subcommand quantise, from outside: a network of two real weights per class on images of one pixel.
program=${CRYPTONETS:-$PWD/cryptonets}
own_name=cryptonets

. "$(dirname "$0")/lib.sh"

mkdir net data
printf 'input 1 1 1\nfc 2\n' > net/net.txt
printf -- '-1.5\n1.5\n' > net/W1.txt
printf '0.75\n-7.5e-1\n' > net/b1.txt
printf 'dark or bright\n' > net/README
# eight images: dark ones are class 0, bright ones class 1, one label of the second half is wrong
printf '\0\0\010\003\0\0\0\010\0\0\0\001\0\0\0\001\003\372\012\360\005\377\013\356' > data/train-images-idx3-ubyte
printf '\0\0\010\001\0\0\0\010\0\001\0\001\0\001\0\0' > data/train-labels-idx1-ubyte

expect 0 '^Usage: cryptonets quantise ' quantise --help
expect 0 'quantise' --help
expect 2 'quantise: expected FOLDER and FILE, found 1 argument;' quantise -c data net
expect 2 'quantise: expected --calibrate=DATA' quantise net a.cnm
expect 2 "quantise: --bits: expected numbers of 2 to 16" quantise -c data --bits=1 net a.cnm
expect 2 "quantise: --bits: expected numbers of 2 to 16" quantise -c data --bits=6, net a.cnm
expect 2 "quantise: --levels: expected a whole number from 1 to 255, found '0'" quantise -c data --levels=0 net a.cnm
expect 2 "quantise: --limit: expected a whole number from 0 to 2147483648, found" quantise -c data --limit=x net a.cnm
expect 2 "quantise: --max-loss: expected percentage points" quantise -c data --max-loss=-1 net a.cnm
expect 1 'CN_ERR_NOT_FOUND: none: expected a folder' quantise -c data none a.cnm
expect 1 'CN_ERR_NOT_FOUND: none: expected a folder' quantise -c none net a.cnm
expect 1 'CN_ERR_SIZE: .*expected bits for the 1 layers' quantise -c data --bits=6,6 net a.cnm
[ ! -e a.cnm ] || fail 'a failure leaves no file'

expect 0 '^accuracy real 75.00 %, integer 75.00 %, lost 0.00 points$' quantise -c data --max-loss=0 net a.cnm
grep -q '^layer 1 with weights: 5 bits, scale ' out || fail 'a line per layer'
grep -q '^calibrated on 4 images, measured on 4 others$' out || fail 'images'
grep -q '^model  net$' out || fail 'name of the folder'
grep -q 'dark or bright' a.cnm || fail 'provenance from README'
expect 0 'bits, scale' quantise -c data --bits=2 --levels=1 --name x --provenance y net b.cnm
grep -q ' -1\.\.1$' out || fail 'two bits are -1, 0, 1'

# three inputs levels lost: with one level 100 and 120 are the same, and the network is right only before
printf '\0\0\010\003\0\0\0\010\0\0\0\001\0\0\0\001\144\204\144\204\144\150\144\150' > data/train-images-idx3-ubyte
printf '\0\0\010\001\0\0\0\010\0\001\0\001\0\001\0\001' > data/train-labels-idx1-ubyte
printf '0.6\n-0.6\n' > net/b1.txt
expect 1 'CN_ERR_RANGE: net: expected to lose at most 0 points of accuracy, found ' quantise -c data --levels=1 --max-loss=0 net c.cnm
[ ! -e c.cnm ] || fail 'too great a loss writes nothing'

finish
