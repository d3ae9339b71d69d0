# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors
"""Images, labels and distorted copies.

Files are those of MNIST, in the IDX format (doc/file-formats.md), plain or with .gz. The training set is split by
position: the first 55,000 images train, the last 5,000 validate. The test set has a reader of its own, so that it is
easy to see who reads it: the final report, once per network.

Distortion happens once, before training: a pool holds several distorted copies of every image as bytes, and a
training sample takes one of them at random. Mild copies keep a small network from overfitting; a share of strong ones
helps larger networks. Variant 0 is the image itself."""

import gzip
import hashlib
import math
import os

import numpy as np
import torch
import torch.nn.functional as F

VALIDATION = 12  # one in so many images validates, those at the end of the training set: 5,000 of 60,000

# Largest rotation in degrees, log scale, shear, shift in pixels; standard deviation of the displacement in pixels.
MILD = dict(rotation=8.0, scale=0.08, shear=0.08, shift=1.0, elastic=0.35)
STRONG = dict(rotation=12.0, scale=0.12, shear=0.12, shift=1.75, elastic=0.88)


def read_idx(folder, name):
    """One IDX file of bytes as an array; the plain file is preferred to the compressed one."""
    path = os.path.join(folder, name)
    if os.path.exists(path):
        with open(path, "rb") as file:
            raw = file.read()
    elif os.path.exists(path + ".gz"):
        with gzip.open(path + ".gz", "rb") as file:
            raw = file.read()
    else:
        raise FileNotFoundError("%s: expected this file, or the same with .gz" % path)
    if len(raw) < 4 or raw[:3] != b"\0\0\x08" or len(raw) < 4 + 4 * raw[3]:
        raise ValueError("%s: expected an IDX file of unsigned bytes" % path)
    shape = [int.from_bytes(raw[4 + 4 * i:8 + 4 * i], "big") for i in range(raw[3])]
    if len(raw) != 4 + 4 * len(shape) + math.prod(shape):
        raise ValueError("%s: expected %d elements, found %d bytes" % (path, math.prod(shape), len(raw)))
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * len(shape)).reshape(shape).copy()


def _pair(folder, prefix):
    images, labels = read_idx(folder, prefix + "-images-idx3-ubyte"), read_idx(folder, prefix + "-labels-idx1-ubyte")
    if len(images) != len(labels):
        raise ValueError("%s: %d images but %d labels" % (folder, len(images), len(labels)))
    return torch.from_numpy(images), torch.from_numpy(labels.astype(np.int64))


def load_training(folder):
    """(images uint8 [N][28][28], labels int64 [N]) with the validation images at the end."""
    return _pair(folder, "train")


def load_test(folder):
    """The test set. For the final report only."""
    return _pair(folder, "t10k")


def digest(*arrays):
    """SHA-256 of arrays, one after the other, as hexadecimal text."""
    h = hashlib.sha256()
    for a in arrays:
        h.update(np.ascontiguousarray(a.numpy() if torch.is_tensor(a) else a).tobytes())
    return h.hexdigest()


def distort(x, generator, rotation, scale, shear, shift, elastic):
    """Random affine map and smooth displacement of images [N][1][H][W], bilinear, zero outside.
    The output pixel (u, v) of [-1, 1]^2 reads the input at M (u, v) + t + d(u, v) with
    M = Rot(angle) [[1, k], [0, 1]] diag(exp(a), exp(b)); d is a 7 x 7 grid of normal numbers, enlarged bicubically."""
    n, half = x.shape[0], x.shape[-1] / 2

    def uniform(limit):
        return (torch.rand(n, generator=generator) * 2 - 1) * limit

    angle, k = uniform(rotation * math.pi / 180), uniform(shear)
    sx, sy = torch.exp(uniform(scale)), torch.exp(uniform(scale))
    c, s = angle.cos(), angle.sin()
    upper = torch.stack([c * sx, (c * k - s) * sy, uniform(shift / half)], 1)
    lower = torch.stack([s * sx, (s * k + c) * sy, uniform(shift / half)], 1)
    grid = F.affine_grid(torch.stack([upper, lower], 1), list(x.shape), align_corners=False)
    coarse = torch.randn(n, 2, 7, 7, generator=generator) * (elastic / half)
    fine = F.interpolate(coarse, size=x.shape[-2:], mode="bicubic", align_corners=True)
    return F.grid_sample(x, grid + fine.permute(0, 2, 3, 1), mode="bilinear", align_corners=False)


def distorted_copies(images, mild, strong, seed):
    """uint8 [mild + strong][N][H][W]: mild variants first, the first of them being the images themselves."""
    generator = torch.Generator().manual_seed(seed)
    pool = torch.empty(mild + strong, *images.shape, dtype=torch.uint8)
    pool[0] = images
    for v in range(1, mild + strong):
        for i in range(0, len(images), 1000):
            x = images[i:i + 1000].float().unsqueeze(1)
            x = distort(x, generator, **(MILD if v < mild else STRONG)).squeeze(1)
            pool[v, i:i + 1000] = x.round().clamp(0, 255).to(torch.uint8)
    return pool


class Samples:
    """What training draws from: variants of every image (first `mild` mild, then strong ones), labels, and for each
    variant the teacher's logits, or None. Validation images are in the pool but are never drawn."""

    def __init__(self, pool, labels, mild, train_count, logits=None):
        self.pool, self.labels, self.mild, self.train_count, self.logits = pool, labels, mild, train_count, logits

    def batches(self, size, strong_share):
        """One epoch of (bytes, labels, logits or None), in random order, from torch's global generator."""
        order, strong = torch.randperm(self.train_count), len(self.pool) - self.mild
        for k in range(0, self.train_count - size + 1, size):
            i = order[k:k + size]
            variant = torch.randint(0, self.mild, (size,))
            if strong and strong_share > 0:
                other = torch.randint(self.mild, self.mild + strong, (size,))
                variant = torch.where(torch.rand(size) < strong_share, other, variant)
            yield self.pool[variant, i], self.labels[i], None if self.logits is None else self.logits[variant, i]
