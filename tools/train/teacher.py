# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors
"""The teacher: an ordinary convolutional network (ReLU, max pooling) whose logits the small networks imitate
(Hinton, Vinyals, Dean: Distilling the Knowledge in a Neural Network, 2015). It is trained on the strongly distorted
variants and then answers once for every variant in the pool; after that it is no longer needed."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class Teacher(nn.Module):
    def __init__(self, side=28):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 24, 5, bias=False)
        self.norm1 = nn.BatchNorm2d(24)
        self.conv2 = nn.Conv2d(24, 56, 5, bias=False)
        self.norm2 = nn.BatchNorm2d(56)
        inner = ((side - 4) // 2 - 4) // 2
        self.dense1 = nn.Linear(56 * inner * inner, 160, bias=False)
        self.norm3 = nn.BatchNorm1d(160)
        self.drop = nn.Dropout(0.3)
        self.dense2 = nn.Linear(160, 10)

    def forward(self, pixels):
        """Logits of byte images [N][H][W]."""
        x = pixels.float().unsqueeze(1) / 255
        x = F.relu(self.norm1(F.max_pool2d(self.conv1(x), 2)))
        x = F.relu(self.norm2(F.max_pool2d(self.conv2(x), 2)))
        return self.dense2(self.drop(F.relu(self.norm3(self.dense1(x.flatten(1))))))


def train_teacher(samples, epochs, seed, log):
    """A trained teacher; 14 epochs are enough. Strong variants only."""
    torch.manual_seed(seed)
    net, size = Teacher(samples.pool.shape[-1]), 256
    steps = epochs * (samples.train_count // size)
    optimiser = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, total_steps=steps, pct_start=0.15)
    for epoch in range(epochs):
        net.train()
        total = 0.0
        for pixels, labels, _ in samples.batches(size, strong_share=1.0):
            loss = F.cross_entropy(net(pixels), labels, label_smoothing=0.05)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            schedule.step()
            total += loss.item()
        log("teacher: epoch %d of %d, loss %.4f" % (epoch + 1, epochs, total * size / samples.train_count))
    net.eval()
    return net


@torch.no_grad()
def answer(net, pool):
    """The teacher's logits, float32 [variants][N][10]."""
    logits = torch.empty(pool.shape[0], pool.shape[1], 10)
    for v in range(pool.shape[0]):
        for i in range(0, pool.shape[1], 250):
            logits[v, i:i + 250] = net(pool[v, i:i + 250])
    return logits
