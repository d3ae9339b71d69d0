#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors
#
# The training program on a few hundred synthetic images and rows: that its folders import, that the same seed gives the same
# network, that what it says of accuracy and window is what an exact evaluation of the folder finds. Skipped where python3 has
# no PyTorch. Not a test of how well networks become.
program=${CRYPTONETS:-$PWD/cryptonets}
own_name=train.py

# Debian's PyTorch belongs to /usr/bin/python3; another python3 may come first in PATH.
for python in "${PYTHON:-python3}" /usr/bin/python3; do
    "$python" -c 'import numpy, torch' 2> /dev/null && break
    python=
done
[ -n "$python" ] || { echo 'skipped: no python3 with torch and numpy'; exit 77; }
PYTHONDONTWRITEBYTECODE=1
export PYTHONDONTWRITEBYTECODE

. "$(dirname "$0")/lib.sh"
train=$top/tools/train/train.py

mkdir mnist
"$python" - << 'END'
import numpy as np
r = np.random.RandomState(1)
shapes = r.rand(10, 4, 4) > 0.5
for prefix, count in ("train", 1200), ("t10k", 100):
    labels = r.randint(0, 10, count).astype(np.uint8)
    images = (np.kron(shapes[labels], np.ones((7, 7))) * 180 + r.rand(count, 28, 28) * 75).astype(np.uint8)
    for kind, array in ("images-idx3", images), ("labels-idx1", labels):
        with open("mnist/%s-%s-ubyte" % (prefix, kind), "wb") as file:
            file.write(bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes() + array.tobytes())
x = r.randn(300, 3) * [1, 20, 0.1] + [0, 50, 3]
ill = x[:, 0] + (x[:, 1] - 50) / 20 + r.randn(300) / 4 > 0
with open("rows.csv", "w") as file:
    file.write("age,pressure,blood sugar,ill\n")
    for row, label in zip(x, ill):
        file.write("%.4f,%.4f,%.4f,%s\n" % (row[0], row[1], row[2], "yes" if label else "no"))
END

# run CODE WORDS ARGUMENT...: the training program, its exit code and a line of its output
run() {
    code=$1 words=$2
    shift 2
    "$python" "$train" "$@" > out 2> err < /dev/null
    found=$?
    [ $found -eq "$code" ] || fail "$*: expected exit code $code, found $found"
    cat out err | grep -q -e "$words" || fail "$*: expected '$words'"
}

run 2 "unknown network 'none'" --mnist mnist --network none --out a
run 1 'train-images-idx3-ubyte: expected this file' --mnist . --network depth1 --out a
run 0 'paper-small: bits [0-9.]*, validation [0-9.]* %, test [0-9.]* %' --mnist mnist --quick --network paper-small --out a
run 0 'paper-small: bits [0-9.]*, validation [0-9.]* %, test not read' --mnist mnist --quick --network paper-small --no-test --float --out b
for file in net.txt lut.txt W1.txt W2.txt W3.txt b1.txt b2.txt b3.txt; do
    cmp a/paper-small/$file b/paper-small/$file || fail "the same seed gave another $file"
done
expect_folder() {
    "$program" import "$1" net.cnm > out 2> err || fail "$1: expected an import"
    grep -q -e "$2" out || fail "$1: expected $2 in the description"
}
expect_folder a/paper-small 'dense .* 10 x 1 x 1'
expect_folder a/paper-small '  50700  *-1\.\.1\|   84500  *-1\.\.1'
grep -q 'Test: ' net.cnm || fail 'the figures are in the model'

"$program" quantise --calibrate mnist --max-loss 30 b/paper-float net.cnm > out 2> err || fail 'expected quantise to read the float network'

# An evaluation in Python's integers, straight from the folder.
"$python" - a/paper-small mnist > out 2> err << 'END' || fail 'exact evaluation of the folder'
import re, sys
import numpy as np
folder, data = sys.argv[1:]
read = lambda name: np.array([line.split() for line in open(folder + "/" + name)], dtype=object).astype(object)
number = lambda name: np.vectorize(int, otypes=[object])(read(name))
x = np.frombuffer(open(data + "/t10k-images-idx3-ubyte", "rb").read(), np.uint8, offset=16).reshape(-1, 28, 28)
y = np.frombuffer(open(data + "/t10k-labels-idx1-ubyte", "rb").read(), np.uint8, offset=8)
a = np.zeros((len(x), 29, 29), dtype=object)
a[:, 1:, 1:] = number("lut.txt").ravel()[x]
w = number("W1.txt")
maps = [sum(w[m][5 * i + j] * a[:, i:i + 25:2, j:j + 25:2] for i in range(5) for j in range(5)) + number("b1.txt")[m][0]
        for m in range(5)]
a = np.stack(maps, 1).reshape(len(x), -1) ** 2
a = (a.dot(number("W2.txt").T) + number("b2.txt").ravel()) ** 2
a = a.dot(number("W3.txt").T) + number("b3.txt").ravel()
right = sum(max(range(10), key=lambda k: row[k]) == label for row, label in zip(a.tolist(), y))
low, width = map(int, open(folder + "/net.txt").read().split("window")[1].split())
outside = sum(not low <= v < low + width for row in a.tolist() for v in row)
said = re.search(r"Test: ([0-9.]*) % of (\d+) images, scores outside the window: (\d+)", open(folder + "/README").read())
found = ("%.2f" % (100 * right / len(x)), str(len(x)), str(outside))
assert said.groups() == found, "README says %s, found %s" % (said.groups(), found)
END

# Exact integers times their unit are what the folded network computes, biases of the size of the values included; folding
# changes nothing.
"$python" - "$(dirname "$train")" > out 2> err << 'END' || fail 'integers and the network that they come from'
import sys
sys.path.insert(0, sys.argv[1])
import torch
import nets, quantise, recipes
torch.manual_seed(1)
for name in "paper", "S320":
    arch, lut = recipes.ARCHITECTURES[name], recipes.pixel_table(3)
    folded = [(torch.randn(s) / 10, torch.randn(s[0])) for s in nets.weight_shapes(arch, (1, 28, 28))]
    pixels = torch.randint(0, 256, (64, 28, 28), dtype=torch.uint8)
    x = nets.images(torch.tensor(lut).float(), pixels)
    net = quantise.QuantNet(arch, 3, (7, 3, 15)[:len(arch)], folded, x).eval()
    with torch.no_grad():
        before = net(x)
        net.fold()
        after = net(x)
    ints, unit = net.exact()
    exact = quantise.exact_scores(arch, ints, lut, pixels).double() * unit
    size = after.abs().max().item()
    assert (before - after).abs().max().item() < 0.02 * size, name  # biases are rounded
    assert (exact - after).abs().max().item() < 1e-4 * size, name
    assert max(int(abs(w).max()) for w, _ in ints) <= 15 and min(int(abs(b).max()) for _, b in ints) > 0, name
END

run 0 'logistic: Validation: [0-9.]* %' --csv rows.csv --quick --network logistic --network hidden --float --out c
expect_folder c/logistic 'dense  *2 x 1 x 1'
expect_folder c/hidden 'dense  *16 x 1 x 1'
[ "$(grep -c '^feature ' c/hidden/scaling.txt)" -eq 3 ] || fail 'three features'
grep -q '^Validation AUC: 0\.[0-9]*, in floating point 0\.[0-9]*\.$' c/logistic/README || fail 'the area under the curve'

# The float network sees standardised features, the integer one the same in steps: their logits agree but for rounding. The window
# is twice the range of the scores of the rows that were not kept for the test.
"$python" - c/logistic "$(dirname "$train")" > out 2> err << 'END' || fail 'float and integer network of the same table'
import sys
import numpy as np
import torch
sys.path.insert(0, sys.argv[2])
import tabular
folder = sys.argv[1]
read = lambda kind, name: np.loadtxt(folder + kind + "/" + name, ndmin=2)
names, x, classes, labels = tabular.read_table("rows.csv", None)
words = [line.split(None, 3) for line in open(folder + "/scaling.txt")]
offset, step = (np.array([float(w[k]) for w in words if w[0] == "feature"]) for k in (1, 2))
unit = [float(w[1]) for w in words if w[0] == "unit"][0]
position = (x - offset) / step
real = (position - 128) / 32 @ read("-float", "W1.txt").T + read("-float", "b1.txt").T
assert np.allclose(read("-float", "lut.txt").ravel(), (np.arange(256) - 128) / 32)
score = (np.clip(np.floor(position + 0.5), 0, 255) - 128) @ read("", "W1.txt").T + read("", "b1.txt").T
real, whole = real[:, 1] - real[:, 0], (score[:, 1] - score[:, 0]) * unit
assert np.corrcoef(real, whole)[0, 1] > 0.99, np.corrcoef(real, whole)
known = score[np.random.RandomState(1).permutation(len(x))[:int(0.85 * len(x))]]
low, width = map(int, open(folder + "/net.txt").read().split("window")[1].split())
assert width == 2 * (known.max() - known.min() + 1) and low <= known.min() and low + width > known.max()
area = tabular.auc(torch.tensor([[0, 1], [0, 2], [0, 2], [0, 5]]), torch.tensor([0, 1, 0, 1]))
assert area == 0.875, area  # three pairs in order, one tie
END
grep -q '^feature [-0-9.e]* [0-9.e-]* blood sugar$' c/logistic/scaling.txt || fail 'name of a feature'
[ "$(grep '^class ' c/logistic/scaling.txt | tr '\n' ' ')" = 'class no class yes ' ] || fail 'classes'
run 1 "no column 'none'" --csv rows.csv --label none --network logistic --out c
printf 'a,b\n1,x\n2\n' > bad.csv
run 1 'row 3 has 1 columns, expected 2' --csv bad.csv --network logistic --out c

finish
