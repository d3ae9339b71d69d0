# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors
"""The networks and how each is made. doc/training.md explains and measures them.

FLOATS: networks in floating point, each the start of one or more integer networks. levels: inputs are integers
0..levels, floor(levels p/255 + 1/2) for a pixel p. strong: share of strongly distorted samples.

RECIPES: integer networks. limits: largest weight per layer; mu: magnitude penalty; epochs and rate of the main phase.

WINDOWS: width of the window of scores, in quarters of their range over all training images."""

from collections import namedtuple

from nets import Conv, Dense

Float = namedtuple("Float", "arch levels epochs rate strong")
Recipe = namedtuple("Recipe", "start levels limits epochs rate mu")

ARCHITECTURES = {
    "paper": (Conv(5, 5, 2, (1, 0, 1, 0)), Dense(100), Dense(10)),   # CryptoNets, ICML 2016
    "M128_64": (Dense(128), Dense(64), Dense(10)),
    "S320": (Dense(320), Dense(10)),                                 # one square
    "A16": (Conv(16, 5, 2, (1, 0, 1, 0)), Dense(200), Dense(10)),
}

FLOATS = {
    "paper": Float("paper", 7, 70, 8e-3, 0.20),
    "M128_64": Float("M128_64", 7, 50, 8e-3, 0.10),
    "S320": Float("S320", 1, 60, 6e-3, 0.10),
    "A16": Float("A16", 7, 36, 6e-3, 0.35),
}

RECIPES = {
    "paper": Recipe("paper", 7, (7, 7, 7), 10, 1e-3, 0.002),
    "paper-small": Recipe("paper", 3, (3, 1, 3), 14, 2e-3, 0.005),
    "paper-31bit": Recipe("paper", 1, (3, 1, 3), 14, 2e-3, 0.002),
    "fast": Recipe("M128_64", 3, (3, 3, 3), 14, 2e-3, 0.002),
    "depth1": Recipe("S320", 1, (1, 3), 28, 4e-3, 0.002),
    "accurate": Recipe("A16", 7, (7, 3, 7), 36, 1e-3, 0.002),
    "accurate-small": Recipe("A16", 3, (3, 1, 3), 28, 2e-3, 0.01),
}

WINDOWS = {"paper-small": 5, "paper-31bit": 5, "fast": 5, "paper": 6, "depth1": 6, "accurate": 6, "accurate-small": 6}

SETTLE_EPOCHS, SETTLE_RATE, SETTLE_CLIP = 3, 3e-4, 0.5  # second phase, biases rounded

# What --quick changes: no teacher, few copies, few epochs.
QUICK_MILD, QUICK_STRONG, QUICK_FLOAT, QUICK_MAIN, QUICK_SETTLE = 3, 1, 6, 3, 1
FULL_MILD, FULL_STRONG, TEACHER_EPOCHS = 8, 6, 14


def pixel_table(levels):
    """The look-up table: 256 integers 0..levels."""
    return [(2 * levels * p + 255) // 510 for p in range(256)]
