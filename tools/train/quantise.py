# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors
"""Quantisation-aware training, and the exact integers that come out of it.

A layer has one scale s; its weights are q s with integers q from -Q to Q. Training keeps real weights W and uses
q = round(clip(W/s, -Q, Q)), letting the gradient pass through the rounding (inside the clip only, so that s gets the
gradient of Esser et al., Learned Step Size Quantization, ICLR 2020). Two things are particular to squares:

* Layer-wise normalisation. After the linear layer the mean of each channel is subtracted and the whole layer divided
  by ONE number, its root mean square. The mean absorbs the error that rounding makes on inputs that are all positive
  (they are squares); one number per layer folds into s, where it costs no integer precision. A factor per channel, as
  in ordinary batch normalisation, would have to go into the integers. For the same reason channels are not equalised
  beforehand: it costs accuracy and bits.
* Magnitude penalty. A score's bits are log2 of its range, and doubling the values of layer l of n doubles the scores
  2^(n-l) times over. So mu sum over l of 2^(n-l) log(root mean square of the integers of layer l) is added to the loss.

After the main phase normalisation is folded away (s and biases change), and a short second phase trains with biases
rounded to whole integers, so that what is trained is what is shipped."""

import math

import numpy as np
import torch
import torch.nn as nn

from nets import Conv, apply, images, over


class _Round(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return torch.round(x)

    @staticmethod
    def backward(ctx, gradient):
        return gradient


round_through = _Round.apply


def best_step(weight, limit):
    """The s for which round(clip(W/s)) s is nearest to W in the mean square, from a grid."""
    deviation = max(weight.std().item(), 1e-12)
    best = (math.inf, 1.0)
    for f in np.linspace(0.15, 3.2, 60):
        s = f * deviation * (1.0 if limit <= 2 else 2.5 / limit)
        error = ((weight / s).clamp(-limit, limit).round() * s - weight).pow(2).sum().item()
        best = min(best, (error, s))
    return best[1]


class QuantNet(nn.Module):
    """The folded float network, continued with integer weights. limits: Q per layer; mu: weight of the penalty."""

    def __init__(self, arch, levels, limits, folded, calibration, mu=0.0):
        super().__init__()
        self.arch, self.levels, self.limits, self.mu = arch, levels, limits, mu
        self.normalised, self._penalty = True, 0.0
        self.weights = nn.ParameterList([nn.Parameter(w.clone()) for w, _ in folded])
        self.shifts = nn.ParameterList()     # beta while normalised, then the biases
        self.log_steps = nn.ParameterList()  # log s
        self.gains = nn.ParameterList()      # one per layer
        x = calibration / levels
        for number, (layer, (weight, bias)) in enumerate(zip(arch, folded)):
            x = x * x if number else x
            z = apply(layer, x, weight)
            dims, shape = over(z)
            mean = z.mean(dims)
            power = (z - mean.view(shape)).pow(2).mean()
            self.register_buffer("mean%d" % number, mean.clone())
            self.register_buffer("power%d" % number, power.clone())
            self.gains.append(nn.Parameter(power.sqrt().clone()))
            self.shifts.append(nn.Parameter((bias + mean).clone()))
            self.log_steps.append(nn.Parameter(torch.tensor(math.log(best_step(weight, limits[number])))))
            x = z + bias.view(shape)

    def integers(self, number):
        """(q, s) of a layer, differentiable."""
        s, limit = self.log_steps[number].exp(), self.limits[number]
        return round_through((self.weights[number] / s).clamp(-limit, limit)), s

    def forward(self, x):
        x, unit, penalty = x / self.levels, 1.0 / self.levels, 0.0
        for number, layer in enumerate(self.arch):
            if number:
                x, unit = x * x, unit * unit
            q, s = self.integers(number)
            unit = (unit * s).detach()  # real value of one integer after this layer
            if not self.normalised:
                x = apply(layer, x, q * s, round_through(self.shifts[number] / unit) * unit)
                continue
            x = apply(layer, x, q * s)
            mean, power = getattr(self, "mean%d" % number), getattr(self, "power%d" % number)
            dims, shape = over(x)
            if self.training:
                m = x.mean(dims)
                x = x - m.view(shape)
                p = x.pow(2).mean()
                with torch.no_grad():
                    mean.lerp_(m, 0.03)
                    power.lerp_(p, 0.03)
                magnitude = 0.5 * torch.log(p + 1e-12) - self.log_steps[number] - torch.log(self.gains[number].abs())
                penalty = penalty + 2 ** (len(self.arch) - 1 - number) * magnitude
            else:
                x, p = x - mean.view(shape), power
            x = x * (self.gains[number] * torch.rsqrt(p + 1e-12)) + self.shifts[number].view(shape)
        self._penalty = self.mu * penalty
        return x

    def penalty(self):
        return self._penalty if self.normalised else 0.0

    def groups(self, rate, decay):
        other = list(self.shifts) + (list(self.gains) if self.normalised else [])
        return [dict(params=list(self.weights), lr=rate, weight_decay=decay),
                dict(params=other, lr=rate, weight_decay=0.0),
                dict(params=list(self.log_steps), lr=0.3 * rate, weight_decay=0.0)]

    @torch.no_grad()
    def fold(self):
        """Turn normalisation into scales and biases: the same function, from now on without it."""
        for number, weight in enumerate(self.weights):
            factor = self.gains[number] / torch.sqrt(getattr(self, "power%d" % number) + 1e-12)
            if not factor > 0:
                raise ArithmeticError("layer %d: its gain turned negative; lower the learning rate" % (number + 1))
            weight.mul_(factor)
            self.log_steps[number].add_(factor.log())
            self.shifts[number].sub_(getattr(self, "mean%d" % number) * factor)
        self.normalised, self._penalty = False, 0.0

    @torch.no_grad()
    def exact(self):
        """[(weights int64, biases int64)] and the real value of one unit of score."""
        out, unit = [], 1.0 / self.levels
        for number in range(len(self.arch)):
            q, s = self.integers(number)
            unit = (unit * unit if number else unit) * s.item()
            bias = np.array([round(b / unit) for b in self.shifts[number].double().tolist()], dtype=np.int64)
            out.append((q.numpy().round().astype(np.int64), bias))
        return out, unit


def _exact_linear(layer, x, weight, bias):
    """A linear layer on integers, exactly: in float64 while all partial sums stay below 2^53, else in int64."""
    most = int(np.abs(weight.reshape(len(weight), -1)).sum(1).max()) * int(x.abs().max()) + int(np.abs(bias).max())
    if most < 1 << 53:
        w, b = torch.from_numpy(weight).double(), torch.from_numpy(bias).double()
        return apply(layer, x.double(), w, b).to(torch.int64)
    if most >= 1 << 63 or isinstance(layer, Conv):
        raise OverflowError("values of up to 2^%.1f: too large for this evaluator" % math.log2(most))
    return torch.from_numpy(x.flatten(1).numpy() @ weight.T + bias)


@torch.no_grad()
def exact_scores(arch, ints, lut, pixels):
    """Scores int64 [N][outputs] of the integer network; nothing is rounded."""
    table, out = torch.tensor(lut), []
    for i in range(0, len(pixels), 1000):
        x = images(table, pixels[i:i + 1000])
        for number, layer in enumerate(arch):
            if number:
                if int(x.abs().max()) >= 1 << 31:
                    raise OverflowError("layer %d: the square of a value exceeds 2^62" % number)
                x = x * x
            x = _exact_linear(layer, x, *ints[number])
        out.append(x)
    return torch.cat(out)


def right(scores, labels):
    """Share of rows whose largest score, the first among equals, is at the label."""
    return float((scores.numpy().argmax(1) == labels.numpy()).mean())
