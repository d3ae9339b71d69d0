# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors
"""Write a network as the plain-text folder of doc/file-formats.md, which `cryptonets import` turns into a model file.

The window: scores seen on all training images, validation included, span low..high; the window is 1.25 times as wide (for tables
twice) and centred on it. Scores need be known only modulo its width."""

import math
import os
import shutil

from nets import Conv


def window_of(scores, quarters=5):
    """(LO, T) of exact scores: their range, quarters/4 times as wide, quarters at least 4."""
    low, high = int(scores.min()), int(scores.max())
    width = max(1, -(-quarters * (high - low + 1) // 4))
    return low - (width - (high - low + 1)) // 2, width


def outside(scores, window):
    """How many scores lie outside."""
    low, width = window
    return int(((scores < low) | (scores >= low + width)).sum())


def window_bits(window):
    return math.log2(window[1])


def _matrix(path, rows):
    with open(path, "w", encoding="ascii", newline="\n") as file:
        for row in rows:
            file.write(" ".join("%.9g" % v if isinstance(v, float) else "%d" % v for v in row) + "\n")


def write_folder(folder, arch, shape, layers, lut, window, readme):
    """net.txt, lut.txt, W<k>.txt, b<k>.txt and README. An existing folder of an earlier run is replaced.
    layers: [(weights, biases)], arrays of integers; or of real numbers for `cryptonets quantise`, then without window."""
    if len(readme.encode()) > 4096:
        raise ValueError("README: more than 4096 bytes")
    if os.path.exists(folder):
        if not os.path.exists(os.path.join(folder, "net.txt")):
            raise FileExistsError("%s exists and holds no network: left alone" % folder)
        shutil.rmtree(folder)
    os.makedirs(folder)
    lines, channels = ["input %d %d %d" % shape, "lut lut.txt"], shape[0]
    for number, layer in enumerate(arch):
        if number:
            lines.append("square")
        weight, bias = layers[number]
        if isinstance(layer, Conv):
            numbers = (layer.maps, channels, layer.kernel, layer.stride) + tuple(layer.pad)
            lines.append("conv " + " ".join(map(str, numbers)))
            channels = layer.maps
        else:
            lines.append("fc %d" % layer.units)
        _matrix(os.path.join(folder, "W%d.txt" % (number + 1)), weight.reshape(len(weight), -1).tolist())
        _matrix(os.path.join(folder, "b%d.txt" % (number + 1)), bias.reshape(-1, 1).tolist())
    if window is not None:
        lines.append("window %d %d" % window)
    _matrix(os.path.join(folder, "lut.txt"), [[v] for v in lut])
    for name, text in (("net.txt", "\n".join(lines) + "\n"), ("README", readme)):
        with open(os.path.join(folder, name), "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
