# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors
"""Tables: logistic regression (one dense layer) and networks with one hidden layer of squares, from a CSV file.

The library takes bytes and maps them through one look-up table. A feature x is therefore encoded as the byte

    clamp(floor((x - offset)/step + 1/2), 0, 255)

with an offset and a step of its own, so that byte 128 is the mean and 255 about four standard deviations above it; the
table maps byte p to (p - 128), so the network sees standardised features in steps of 1/32 standard deviation. Offsets,
steps, names and labels go to scaling.txt in the network's folder, for whoever encodes rows:

    feature OFFSET STEP NAME     one line per input, in order
    class LABEL                  one line per score, in order
    unit REAL                    real value of one unit of score: differences of scores times it are logits

Cases differ more than images do, and a few bits more cost nothing here: the window is twice the range of the scores seen.
With --float the network before it became integers goes to NAME-float as decimal text; its look-up table is (p - 128)/32, so
it takes standardised features, and (x - OFFSET)/STEP in place of the byte p gives it features that nobody rounded or cut."""

import csv
import math
import os
import time

import numpy as np
import torch

import data
import export
import nets
import quantise

NETWORKS = ("logistic", "hidden")
LEVELS, STEPS = 32, 256  # network input 32 is one standard deviation
LUT = [p - 128 for p in range(STEPS)]
HIDDEN = 16
LIMITS = {"logistic": (127,), "hidden": (15, 15)}
WINDOW = 8  # quarters of the range of the scores


def read_table(path, label):
    """(names, features float64 [N][F], classes, labels int64 [N]). The first line is a header if its features are
    no numbers. label: name of the column of labels, None for the last one."""
    with open(path, newline="", encoding="utf-8-sig") as file:
        rows = [[cell.strip() for cell in row] for row in csv.reader(file) if any(cell.strip() for cell in row)]
    if not rows or len(rows[0]) < 2:
        raise ValueError("%s: expected at least two columns" % path)
    width, header = len(rows[0]), None
    if any(not _number(cell) for cell in rows[0][:-1]):
        header = rows.pop(0)
    if label is not None and (header is None or label not in header):
        raise ValueError("%s: no column '%s' in the header" % (path, label))
    at = header.index(label) if label is not None else width - 1
    features, labels = [], []
    for number, row in enumerate(rows, 1 if header is None else 2):
        if len(row) != width:
            raise ValueError("%s: row %d has %d columns, expected %d" % (path, number, len(row), width))
        cells = row[:at] + row[at + 1:]
        for cell in cells:
            if not _number(cell):
                raise ValueError("%s: row %d: expected a number, found '%s'" % (path, number, cell))
        features.append([float(cell) for cell in cells])
        labels.append(row[at])
    classes = sorted(set(labels), key=lambda c: (not _number(c), float(c) if _number(c) else 0.0, c))
    if len(classes) < 2 or len(rows) < 20:
        raise ValueError("%s: expected at least 20 rows and two classes" % path)
    names = (header[:at] + header[at + 1:]) if header else ["x%d" % i for i in range(width - 1)]
    index = {c: i for i, c in enumerate(classes)}
    return names, np.array(features), classes, np.array([index[c] for c in labels], dtype=np.int64)


def _number(cell):
    try:
        return math.isfinite(float(cell))
    except ValueError:
        return False


def scaling_of(features):
    """(offset, step) per column."""
    deviation = features.std(0)
    step = np.where(deviation > 0, deviation, 1.0) / LEVELS
    step = np.array([float("%.6g" % s) for s in step])  # what scaling.txt says is what is used
    return np.array([float("%.9g" % o) for o in features.mean(0) - 128 * step]), step


def encode(features, offset, step):
    return np.clip(np.floor((features - offset) / step + 0.5), 0, 255).astype(np.uint8)


def auc(scores, labels):
    """Share of pairs of a row of class 1 and one of class 0 in which the first has the larger score, equal scores counted half."""
    score = (scores[:, 1] - scores[:, 0]).numpy()
    order = np.sort(score[labels.numpy() == 0])
    above = score[labels.numpy() == 1]
    below = np.searchsorted(order, above, "left") + np.searchsorted(order, above, "right")
    return float(below.sum()) / (2 * max(1, len(order)) * max(1, len(above)))


def write_real(options, name, arch, shape, layers, readme):
    """The float network as a folder of decimal text, FOLDER/NAME-float."""
    export.write_folder(os.path.join(options.out, name + "-float"), arch, shape, [(w.numpy(), b.numpy()) for w, b in layers],
                        [v / LEVELS for v in LUT], None, readme)


def train(options, name):
    """Rows in a random order fixed by the seed: 70 % train, 15 % validate, 15 % test (read once, at the end)."""
    began = time.time()
    names, features, classes, labels = read_table(options.csv, options.label)
    order = np.random.RandomState(options.seed).permutation(len(labels))
    features, labels = features[order], torch.from_numpy(labels[order])
    train_count, known = int(0.7 * len(labels)), int(0.85 * len(labels))
    offset, step = scaling_of(features[:train_count])
    rows = torch.from_numpy(encode(features, offset, step)).unsqueeze(1)  # images of one row
    table, shape = torch.tensor(LUT).float(), (1, 1, len(names))
    hidden = [nets.Dense(HIDDEN)] if name == "hidden" else []
    arch = tuple(hidden + [nets.Dense(len(classes))])
    samples = data.Samples(rows[:known].unsqueeze(0), labels[:known], 1, train_count)
    batch = max(2, min(64, train_count // 8))
    epochs = max(5, (400 if options.quick else 2000) // max(1, train_count // batch))
    quiet = lambda text: None
    torch.manual_seed(options.seed)
    net = nets.SquareNet(arch, shape, LEVELS)
    nets.fit(net, samples, table, epochs, 5e-3, 0, options.seed, quiet, batch=batch, decay=1e-2)
    floating = nets.accuracy(net, table, rows[train_count:known], labels[train_count:known])
    quant = quantise.QuantNet(arch, LEVELS, LIMITS[name], net.folded(), nets.images(table, rows[:train_count]))
    with torch.no_grad():
        quant.fold()
    nets.fit(quant, samples, table, max(2, epochs // 4), 5e-4, 0, options.seed + 1, quiet, batch=batch, clip=0.5)
    ints, unit = quant.exact()
    scores = quantise.exact_scores(arch, ints, LUT, rows)
    window = export.window_of(scores[:known], WINDOW)
    accuracy = quantise.right(scores[train_count:known], labels[train_count:known])
    lines = ["Made by tools/train/train.py --csv --network %s --seed %d (doc/training.md)" % (name, options.seed),
             "with PyTorch %s, NumPy %s, threads: %d." % (torch.__version__, np.__version__, options.threads),
             "Rows: %d train, %d validate, %d test; SHA-256 of features and labels %s."
             % (train_count, known - train_count, len(labels) - known, data.digest(features, labels)),
             "Validation: %.2f %%, in floating point %.2f %%." % (100 * accuracy, 100 * floating)]
    if len(classes) == 2:
        with torch.no_grad():
            real = net(nets.images(table, rows[train_count:known]))
        lines.append("Validation AUC: %.4f, in floating point %.4f."
                     % (auc(scores[train_count:known], labels[train_count:known]), auc(real, labels[train_count:known])))
    if options.float:
        what = "Real weights, before any became an integer; trained on features in steps of 1/%d standard deviation." % LEVELS
        write_real(options, name, arch, shape, net.folded(), "\n".join(lines[:3] + [what] + lines[3:]) + "\n")
    if not options.no_test:
        lines.append("Test: %.2f %%, scores outside the window: %d."
                     % (100 * quantise.right(scores[known:], labels[known:]), export.outside(scores[known:], window)))
    lines.append("Window: twice the range of the scores over training and validation rows, 2^%.2f."
                 % export.window_bits(window))
    folder = os.path.join(options.out, name)
    export.write_folder(folder, arch, shape, ints, LUT, window, "\n".join(lines) + "\n")
    with open(os.path.join(folder, "scaling.txt"), "w", encoding="utf-8", newline="\n") as file:
        file.write("# byte = clamp(floor((x - OFFSET)/STEP + 1/2), 0, 255)\n")
        for n, o, s in zip(names, offset, step):
            file.write("feature %.9g %.6g %s\n" % (o, s, n))
        for c in classes:
            file.write("class %s\n" % c)
        file.write("unit %.9g\n" % unit)
    print("%7.0f s  %s: %s" % (time.time() - began, name, " ".join(lines[3:])), flush=True)
