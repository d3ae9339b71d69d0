#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors
#
# `cryptonets approx` from outside: the minimax polynomial of sigmoid checked by awk, which computes function, polynomial and error
# by itself; drawing and JSON read by Python, where there is one; integers that import accepts; bounds of a network; refusals.
program=${CRYPTONETS:-$PWD/cryptonets}
own_name=cryptonets

. "$(dirname "$0")/lib.sh"

expect 0 '^Usage: cryptonets approx ' approx --help
expect 0 'approx' --help

# The command of the manual. Its error has five extremes of one size and alternating sign where it says, none larger anywhere, and
# the size is that of the equations solved with 40 digits by other means.
expect 0 '^picture  *sigmoid-minimax-3.svg$' approx --function sigmoid --interval -8,8 --degree 3 --method minimax
cp out minimax.txt
[ -s sigmoid-minimax-3.svg ] || fail 'no drawing'
awk '
    function abs(v) { return v < 0 ? -v : v }
    function error(x,   k, p) { p = 0; for (k = 3; k >= 0; k--) p = p * x + c[k]; return p - 1 / (1 + exp(-x)) }
    $1 ~ /^c[0-3]$/ { c[substr($1, 2)] = $2; coefficients++ }
    $1 == "x" { n++; x[n] = $3; e[n] = $5 }
    $1 == "sup" { sup = $3; at = $7; bound = $10; sub(",", "", at) }
    END {
        size = 0.0894603755084224
        if (coefficients != 4 || n < 5) { print "coefficients: " coefficients ", extremes: " n; exit 1 }
        for (i = 1; i <= n; i++) {
            if (abs(error(x[i]) - e[i]) > 1e-11 || abs(abs(e[i]) - size) > 1e-9 * size) { print "extreme " i; exit 1 }
            if (i > 1 && (x[i] <= x[i - 1] || e[i] * e[i - 1] >= 0)) { print "alternation " i; exit 1 }
        }
        for (i = 0; i <= 160000; i++) if (abs(error(-8 + i / 10000)) > bound) { print "larger error at " (-8 + i / 10000); exit 1 }
        if (abs(sup - size) > 1e-12 || bound < size || bound > size + 1e-11) { print "sup " sup " bound " bound; exit 1 }
    }' minimax.txt > out || fail 'minimax of sigmoid'

# Every function and method runs, and minimax is best.
for f in sigmoid tanh relu softplus gelu; do
    for d in 1 4 9; do
        for m in chebyshev least-squares minimax; do
            expect 0 "^polynomial  *$m, degree $d" approx -f $f -i -5,4 -d $d -m $m --no-svg
            sed -n "s/^sup error  *\([^ ]*\) .*/$m \1/p" out
        done > sups
        awk '{ s[$1] = $2 } END { exit !(s["minimax"] > 0 && s["minimax"] <= s["chebyshev"] && s["minimax"] <= s["least-squares"]) }' sups ||
            fail "$f, degree $d: minimax is not best"
    done
done
expect 0 'gaussian weight, sigma 2.5$' approx -f tanh -i -4,4 -m least-squares -w gaussian:2.5 --no-svg
expect 0 'gaussian weight, sigma 1.5$' approx -f tanh -i -4,5 -m least-squares -w gaussian --no-svg
expect 0 'uniform weight$' approx -f tanh -i -4,4 -m least-squares --weight=uniform --no-svg
rm -f sups

# A table is what its points are: |x| has 1/8 + x^2, error 1/8.
printf '# magnitude\n-1 1\n0 0\n1 1\n' > table.txt
expect 0 '^  c2  *1$' approx --table table.txt -d 2 --svg t.svg --json t.json
grep -q '^function  *table on -1 \.\. 1$' out || fail 'interval of the table'
grep -q '^sup error  *0.125 ' out || fail 'minimax of |x|'
[ -s t.svg ] && [ -s t.json ] || fail 'drawing or JSON missing'
expect 0 '^function  *table on -0.5 .. 1$' approx -t table.txt -i -0.5,1 --no-svg
[ ! -e table-minimax-3.svg ] || fail '--no-svg drew'

printf '500 0\n500.5 1\n501 0\n' > far.txt
expect 0 '^remark  *far from 0' approx -t far.txt -d 9 --no-svg
expect 0 '^function  *table on 500 \.\. 501$' approx -t far.txt -d 3 --no-svg
! grep -q '^remark' out || fail 'a remark without need'
rm -f far.txt

# Integers, and the line for a network.
expect 0 '^net.txt  *poly 11 512 2432$' approx -f gelu -i -3,3 -d 2 -s 64 -x 16 --svg g.svg --json g.json
expect 0 '^  C3  *-2$' approx -f sigmoid -i -8,8 -s 1024 --no-svg
grep -q '^net.txt  *poly -2 0 160 512$' out || fail 'line of degree 3'
expect 0 'no line: C3 is 0' approx -f sigmoid -i -8,8 -s 128 --no-svg
expect 0 'no line: C2 is 0' approx -f sigmoid -i -8,8 -d 2 -s 1024 --no-svg
expect 1 'CN_ERR_RANGE: .*coefficient 0: .*2^63' approx -f sigmoid -i -8,8 -d 2 -s 2e19 --no-svg

if command -v python3 > /dev/null 2>&1; then
    expect 0 . approx -f sigmoid -i -8,8 --svg s.svg --json s.json
    python3 - > out 2>&1 << 'END' || fail 'drawing or JSON'
import json, math, xml.etree.ElementTree as tree
space = '{http://www.w3.org/2000/svg}'
s = json.load(open('s.json'))
assert s['function'] == 'sigmoid' and s['interval'] == [-8, 8] and s['degree'] == 3 and len(s['alternation']) >= 5, s
error = lambda x: sum(c * x ** k for k, c in enumerate(s['coefficients'])) - 1 / (1 + math.exp(-x))
clenshaw = lambda t: sum(b * math.cos(k * math.acos(t)) for k, b in enumerate(s['chebyshev_coefficients']))
for i in range(1001):
    x = -8 + i * 0.016
    assert abs(error(x)) <= s['sup_error']['bound']
    assert abs(clenshaw(max(-1, min(1, x / 8))) - 1 / (1 + math.exp(-x)) - error(x)) < 1e-13
for a in s['alternation']:
    assert abs(error(a['x']) - a['error']) < 1e-14 and abs(abs(a['error']) / 0.0894603755084224 - 1) < 1e-9, a
for name in ('s.svg', 't.svg', 'g.svg', 'sigmoid-minimax-3.svg'):
    root = tree.parse(name).getroot()
    assert root.tag == space + 'svg', root.tag
    curves = {c.get('class'): [tuple(map(float, p.split(','))) for p in c.get('points').split()] for c in root.iter(space + 'polyline')}
    assert set(curves) == {'function', 'polynomial', 'error'}, curves.keys()
    width, height = float(root.get('width')), float(root.get('height'))
    panels = [(float(r.get('y')), float(r.get('y')) + float(r.get('height'))) for r in root.iter(space + 'rect') if r.get('y')]
    for name, points in curves.items():
        top, bottom = panels[name == 'error']
        assert all(top <= y <= bottom for x, y in points), name
        assert len(points) > 500 and all(0 < x < width and 0 < y < height for x, y in points)
        assert all(a[0] < b[0] for a, b in zip(points, points[1:]))
root = tree.parse('s.svg').getroot()
lines = [l for g in root.iter(space + 'g') if g.get('class') == 'sup' for l in g]
low, high = sorted(float(l.get('y1')) for l in lines)
curve = [p for c in root.iter(space + 'polyline') if c.get('class') == 'error' for p in c.get('points').split()]
heights = [float(p.split(',')[1]) for p in curve]
assert abs(min(heights) - low) < 0.1 and abs(max(heights) - high) < 0.1, (min(heights), low, max(heights), high)
for c, a in zip(root.iter(space + 'circle'), s['alternation']): # the drawn error touches both lines in turn
    assert abs(float(c.get('cy')) - (low if a['error'] > 0 else high)) < 0.02
points = [tuple(map(float, p.split(','))) for p in curve]
for c in root.iter(space + 'circle'): # and passes through the points that it is said to
    assert min(math.dist(p, (float(c.get('cx')), float(c.get('cy')))) for p in points) < 1.5
assert len(list(root.iter(space + 'circle'))) == len(s['alternation'])
g = json.load(open('g.json'))
i = g['integers']
assert i['coefficients'] == ['2432', '512', '11'] and i['net_txt'] == 'poly 11 512 2432', i
assert i['sup_error']['bound'] <= g['sup_error']['bound'] + i['rounding']
gelu = lambda x: x * math.erfc(-x / math.sqrt(2)) / 2
worst = max(abs((11 * v * v + 512 * v + 2432) / (64 * 256) - gelu(v / 16)) for v in range(-48, 49))
assert worst <= i['sup_error']['bound'] * (1 + 1e-12) and worst > 0.99 * i['sup_error']['found'], worst
END
fi

# The network of doc/activations.md: the bound of both scores, against all inputs.
mkdir net
printf 'input 1 1 3\nlut lut.txt\nfc 2\npoly 11 512 2432\nfc 2\n' > net/net.txt
awk 'BEGIN { for (i = 0; i < 256; i++) print int(i / 32) }' > net/lut.txt
printf '3 -2 1\n-1 2 2\n' > net/W1.txt
printf -- '-4\n2\n' > net/b1.txt
printf '2 -1\n1 3\n' > net/W2.txt
printf '0\n0\n' > net/b2.txt
expect 0 'poly' import net net.cnm
expect 0 '^bound  *no score differs .* by more than 9728.576368[0-9]* (integers)$' approx --certify net.cnm -f gelu -s 64 -x 16 --json c.json
grep -q '^  inputs  *-1.125 \.\. 1.875, at most 0 ' out || fail 'interval of the inputs'
grep -q '^  gain  *4,' out || fail 'gain'
expect 0 'integers from 2 to 3$' approx --certify net.cnm -f gelu -s 64 -x 16 --box 2,3
expect 0 'by more than 0 (integers)$' approx --certify net.cnm -f same
expect 0 '^layer 2  *table; ' approx -c net.cnm -t table.txt -x 1000
expect 1 "CN_ERR_[A-Z]*: .*layer 2: expected inputs within the table's -1 .. 1" approx -c net.cnm -t table.txt
expect 2 'expected one value, or one for each of 1 activations, found 2' approx -c net.cnm -f gelu,relu
expect 2 "option '--scale': expected one value" approx -c net.cnm -f gelu -s 1,2
if command -v python3 > /dev/null 2>&1; then
    python3 - > out 2>&1 << 'END' || fail 'bounds against all inputs'
import json, math
c = json.load(open('c.json'))
gelu = lambda x: x * math.erfc(-x / math.sqrt(2)) / 2
worst = [0, 0]
for n in range(512):
    x = n % 8, n // 8 % 8, n // 64
    v = [3 * x[0] - 2 * x[1] + x[2] - 4, -x[0] + 2 * x[1] + 2 * x[2] + 2]
    apart = [11 * t * t + 512 * t + 2432 - 64 * 256 * gelu(t / 16) for t in v]
    for i, row in enumerate(((2, -1), (1, 3))):
        worst[i] = max(worst[i], abs(sum(w * a for w, a in zip(row, apart))))
print(worst, c['bounds'])
assert all(w <= b for w, b in zip(worst, c['bounds'])) and worst[1] > 0.5 * c['bounds'][1]
assert max(c['bounds']) == c['bound'] and c['activations'][0]['gain'] >= 4
END
fi

# The one with two activations, from lines that approx gives.
cp -r net deep
for x in 16 65536; do
    expect 0 '^net.txt  *poly' approx -f gelu -i -2,2 -d 2 -s 64 -x $x --no-svg
    sed -n 's/^net.txt *//p' out
done > lines
printf 'input 1 1 3\nlut lut.txt\nfc 2\n%s\nfc 2\n%s\nfc 1\n' "$(sed -n 1p lines)" "$(sed -n 2p lines)" > deep/net.txt
printf '1 -1\n' > deep/W3.txt
printf '0\n' > deep/b3.txt
expect 0 'poly  *1 x 1 x 1\|15 x^2 + 2097152 x + 16619036567' import deep deep.cnm
expect 0 '^bound .* by more than 72177784704.[0-9]* (integers)$' approx -c deep.cnm -f gelu -s 64 -x 16,65536 --json c.json
expect 0 '^layer 4  *same' approx -c deep.cnm -f gelu,same -s 64 -x 16
if command -v python3 > /dev/null 2>&1; then
    python3 - > out 2>&1 << 'END' || fail 'bound of two activations against all inputs'
import json, math
c = json.load(open('c.json'))
gelu = lambda x: x * math.erfc(-x / math.sqrt(2)) / 2
def run(first, second):
    u, v = first(3 * x[0] - 2 * x[1] + x[2] - 4), first(-x[0] + 2 * x[1] + 2 * x[2] + 2)
    return second(2 * u - v) - second(u + 3 * v)
worst = 0
for n in range(512):
    x = n % 8, n // 8 % 8, n // 64
    model = run(lambda v: 15 * v * v + 512 * v + 991, lambda v: 15 * v * v + 2097152 * v + 16619036567)
    assert c['scores'][0] <= model <= c['scores'][1]
    worst = max(worst, abs(model - run(lambda v: 2 ** 14 * gelu(v / 16), lambda v: 2 ** 38 * gelu(v / 65536))))
print(worst, c['bound'])
assert 0.6 * c['bound'] < worst <= c['bound']
END
fi
rm -rf deep deep.cnm lines

# Refused: the command line (2), what it asks for (1). Nothing is written.
rm -f ./*.svg ./*.json
expect 2 'expected one of --function and --table, found none' approx
expect 2 'expected one of --function and --table, found both' approx -f relu -t table.txt
expect 2 'needs --interval' approx -f relu
expect 2 'expected options only' approx -f relu -i 0,1 more
expect 2 "found 'swish'" approx -f swish -i 0,1
expect 2 "found ''" approx -f '' -i 0,1
for interval in '' , 1 1, ,1 1,2,3 nan,1 0,inf 0x1,2 '1, 2' ' 1,2' 1e999,2 a,b; do
    expect 2 "option '--interval': expected A,B" approx -f relu -i "$interval"
done
for interval in 1,1 2,1 -1001,0 0,1001 1,1.0000001; do
    expect 1 'CN_ERR_RANGE: interval: expected' approx -f relu -i "$interval"
done
for degree in '' 0 10 -1 3x 1.5 99999999999999999999; do
    expect 2 "option '--degree': expected 1 to 9" approx -f relu -i -1,1 -d "$degree"
done
for scale in '' 0 -1 nan inf 1e400 1x 1,,2 1e-200; do
    expect 2 "option '--scale': expected a number" approx -f relu -i -1,1 -s "$scale"
done
expect 2 'lists of scales need --certify' approx -f relu -i -1,1 -s 1,2
expect 2 '--input-scale needs --scale' approx -f relu -i -1,1 -x 2
expect 2 "option '--method'" approx -f relu -i -1,1 -m best
for weight in '' gaussian: gaussian:0 gaussian:-1 gaussian:nan gaussian:1x gauss normal; do
    expect 2 "option '--weight'" approx -f relu -i -1,1 -m least-squares -w "$weight"
done
expect 2 'weight: expected SIGMA between' approx -f relu -i -1,1 -m least-squares -w gaussian:0.001
expect 2 '--weight needs --method=least-squares' approx -f relu -i -1,1 -w uniform
expect 2 '--box needs --certify' approx -f relu -i -1,1 -b 0,1
for box in 1 2,1 0.5,1 0,3e9 0,nan; do
    expect 2 "option '--box'" approx -c net.cnm -f relu -b "$box"
done
expect 2 'do not apply' approx -c net.cnm -f relu -i 0,1
expect 2 'found both' approx -f relu -i 0,1 --svg a.svg --no-svg
expect 2 'name the same file' approx -f relu -i 0,1 --svg a --json a
expect 1 'CN_ERR_NOT_FOUND: none.cnm' approx -c none.cnm -f relu
expect 1 'CN_ERR_NOT_FOUND: none.txt' approx -t none.txt
expect 1 'CN_ERR_NOT_FOUND: none/a.svg' approx -f relu -i -1,1 --svg none/a.svg
expect 1 'CN_ERR_NOT_FOUND: none/a.json' approx -f relu -i -1,1 --no-svg --json none/a.json
printf '0 1\n1 two\n' > bad.txt
expect 1 "CN_ERR_FORMAT: bad.txt: line 2: expected two numbers, x and y, found '1 two'" approx -t bad.txt
[ "$(ls | tr '\n' ' ')" = 'bad.txt err minimax.txt net net.cnm out table.txt ' ] || fail "files left behind: $(ls)"

finish
