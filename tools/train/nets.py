# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors
"""Networks with square activations in floating point, and the loop that trains them.

Between two linear layers stands x^2. It squares the magnitude of its input and its derivative, so training without
normalisation needs a rate ten times lower and ends 0.6 points worse; batch normalisation of every channel after every
linear layer, the last one included, keeps it tame. Afterwards normalisation folds into weights and biases, and the
network is linear layers and squares, nothing else."""

import math
from collections import namedtuple

import torch
import torch.nn as nn
import torch.nn.functional as F

Conv = namedtuple("Conv", "maps kernel stride pad")  # pad: left, right, top, bottom
Dense = namedtuple("Dense", "units")


def apply(layer, x, weight, bias=None):
    """One linear layer on x: [N][C][H][W] for Conv, anything [N][...] for Dense."""
    if isinstance(layer, Conv):
        return F.conv2d(F.pad(x, layer.pad) if any(layer.pad) else x, weight, bias, stride=layer.stride)
    return F.linear(x.flatten(1), weight, bias)


def over(x):
    """The dimensions of x that a per-channel mean sums over, and the shape that broadcasts it back."""
    return ((0, 2, 3), (1, -1, 1, 1)) if x.dim() == 4 else ((0,), (1, -1))


def weight_shapes(arch, shape):
    """Shapes of the weights of an architecture on inputs (channels, height, width)."""
    (c, h, w), shapes = shape, []
    for layer in arch:
        if isinstance(layer, Conv):
            left, right, top, bottom = layer.pad
            shapes.append((layer.maps, c, layer.kernel, layer.kernel))
            h = (h + top + bottom - layer.kernel) // layer.stride + 1
            w = (w + left + right - layer.kernel) // layer.stride + 1
            c = layer.maps
        else:
            shapes.append((layer.units, c * h * w))
            c, h, w = layer.units, 1, 1
    return shapes


class SquareNet(nn.Module):
    """Linear layers with batch normalisation, squares between them. Input: integers of the look-up table, divided by
    `levels` so that they are of order 1."""

    def __init__(self, arch, shape, levels):
        super().__init__()
        self.arch, self.levels = arch, levels
        self.weights, self.norms = nn.ParameterList(), nn.ModuleList()
        for number, size in enumerate(weight_shapes(arch, shape)):
            deviation = 1 / math.sqrt(math.prod(size[1:])) / (1.7 if number and len(size) == 2 else 1)
            self.weights.append(nn.Parameter(torch.randn(size) * deviation))
            norm = (nn.BatchNorm2d if len(size) == 4 else nn.BatchNorm1d)(size[0], momentum=0.05)
            nn.init.constant_(norm.weight, 0.7)
            self.norms.append(norm)

    def forward(self, x):
        x = x / self.levels
        for number, layer in enumerate(self.arch):
            if number:
                x = x * x
            x = self.norms[number](apply(layer, x, self.weights[number]))
        return x

    def groups(self, rate, decay):
        return [dict(params=list(self.weights), lr=rate, weight_decay=decay),
                dict(params=list(self.norms.parameters()), lr=rate, weight_decay=0.0)]

    def penalty(self):
        return 0.0

    @torch.no_grad()
    def folded(self):
        """[(weight, bias)] of the same function without normalisation."""
        out = []
        for weight, norm in zip(self.weights, self.norms):
            gain = norm.weight / torch.sqrt(norm.running_var + norm.eps)
            out.append((weight * gain.view(-1, *[1] * (weight.dim() - 1)), norm.bias - norm.running_mean * gain))
        return out


def loss_of(scores, labels, teacher, share, temperature=2.0):
    """Cross entropy, and with a teacher `share` of it replaced by the divergence from the softened answers."""
    loss = F.cross_entropy(scores, labels)
    if teacher is None or share == 0:
        return loss
    t = temperature
    divergence = F.kl_div(F.log_softmax(scores / t, 1), F.log_softmax(teacher / t, 1), log_target=True,
                          reduction="batchmean")
    return (1 - share) * loss + share * t * t * divergence


def fit(net, samples, table, epochs, rate, strong, seed, log, share=0.8, clip=1.0, batch=256, decay=1e-4):
    """Train net in place: AdamW, linear warm-up over 5 % of the steps, cosine to zero, clipped gradients.
    table: the look-up table as a float tensor; net sees table[byte]."""
    torch.manual_seed(seed)
    optimiser = torch.optim.AdamW(net.groups(rate, decay))
    rates = [group["lr"] for group in optimiser.param_groups]
    parameters = [p for group in optimiser.param_groups for p in group["params"]]
    steps, step = epochs * (samples.train_count // batch), 0
    for epoch in range(epochs):
        net.train()
        total = 0.0
        for pixels, labels, teacher in samples.batches(batch, strong):
            factor = min(1.0, (step + 1) / (0.05 * steps)) * (1 + math.cos(math.pi * step / steps)) / 2
            for group, full in zip(optimiser.param_groups, rates):
                group["lr"] = full * factor + 1e-7
            loss = loss_of(net(images(table, pixels)), labels, teacher, share) + net.penalty()
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(parameters, clip)
            optimiser.step()
            total += loss.item()
            step += 1
        if epoch % 10 == 9 or epoch == epochs - 1:
            log("epoch %d of %d, loss %.4f" % (epoch + 1, epochs, total * batch / samples.train_count))
    net.eval()
    return net


def images(table, pixels):
    """Network input for bytes [N][H][W]: [N][1][H][W]."""
    return table[pixels.long()].unsqueeze(1)


@torch.no_grad()
def accuracy(net, table, pixels, labels):
    net.eval()
    right = sum((net(images(table, pixels[i:i + 1000])).argmax(1) == labels[i:i + 1000]).sum().item()
                for i in range(0, len(pixels), 1000))
    return right / len(pixels)
