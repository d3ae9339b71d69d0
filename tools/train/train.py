#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Copyright the cryptonets authors
"""Train integer networks with square activations, for cryptonets.

    tools/train/train.py --mnist DIR --network paper-small --out FOLDER [--seed 1] [--quick]
    tools/train/train.py --mnist DIR --all --out FOLDER
    tools/train/train.py --csv FILE --network logistic --out FOLDER

Each network becomes a folder FOLDER/NAME of plain text; `cryptonets import FOLDER/NAME NAME.cnm` makes the model file.
Needs PyTorch (1.13 or later, CPU) and NumPy. The same seed, version of PyTorch and number of threads give the same
network. Teacher, float networks and integers are kept in FOLDER/work, shared between recipes and commands; delete it to start afresh.
doc/training.md explains the recipe."""

import argparse
import hashlib
import os
import sys
import time

import numpy as np
import torch

import data
import export
import nets
import quantise
import recipes
import tabular
import teacher

PIXELS = (1, 28, 28)


class Workshop:
    """Data and intermediate results of one command, each made when first needed."""

    def __init__(self, options):
        self.options, self.start = options, time.time()
        self.folder = os.path.join(options.out, "work")
        os.makedirs(self.folder, exist_ok=True)
        self.pixels, self.labels = data.load_training(options.mnist)
        if self.pixels.shape[1:] != PIXELS[1:] or len(self.pixels) < 600:
            raise ValueError("%s: expected at least 600 training images of 28 x 28" % options.mnist)
        self.train_count = len(self.pixels) - len(self.pixels) // data.VALIDATION
        self._samples = None

    def log(self, text):
        print("%7.0f s  %s" % (time.time() - self.start, text), flush=True)

    def path(self, kind, *settings):
        """A file for an intermediate result; its name says what the result depends on."""
        key = repr((settings, self.options.seed, self.options.quick, torch.__version__, self.options.threads))
        return os.path.join(self.folder, "%s-%s" % (kind, hashlib.sha256(key.encode()).hexdigest()[:12]))

    def samples(self):
        if self._samples is None:
            quick = self.options.quick
            mild = recipes.QUICK_MILD if quick else recipes.FULL_MILD
            strong = recipes.QUICK_STRONG if quick else recipes.FULL_STRONG
            pool = data.distorted_copies(self.pixels, mild, strong, self.options.seed)
            self.log("%d distorted copies of %d images" % (len(pool), len(self.pixels)))
            self._samples = data.Samples(pool, self.labels, mild, self.train_count)
            if not quick:
                self._samples.logits = torch.from_numpy(self.teacher_logits())  # trains on _samples if need be
        return self._samples

    def teacher_logits(self):
        path = self.path("teacher", mild_strong()) + ".npy"
        if not os.path.exists(path):
            net = teacher.train_teacher(self.samples(), recipes.TEACHER_EPOCHS, self.options.seed, self.log)
            answers = teacher.answer(net, self._samples.pool)
            share = quantise.right(answers[0, self.train_count:], self.labels[self.train_count:])
            self.log("teacher: validation %.2f %%" % (100 * share))
            save(path, lambda file: np.save(file, answers.numpy()))
        return np.load(path)

    def float_network(self, name):
        """dict: layers [(weight, bias)], validation, digest, seconds."""
        recipe = recipes.FLOATS[name]
        path = self.path("float-" + name, recipe, mild_strong()) + ".pt"
        if os.path.exists(path):
            return torch.load(path)
        samples, began = self.samples(), time.time()
        torch.manual_seed(self.options.seed)
        net = nets.SquareNet(recipes.ARCHITECTURES[recipe.arch], PIXELS, recipe.levels)
        table = torch.tensor(recipes.pixel_table(recipe.levels)).float()
        epochs = recipes.QUICK_FLOAT if self.options.quick else recipe.epochs
        nets.fit(net, samples, table, epochs, recipe.rate, recipe.strong, self.options.seed,
                 lambda text: self.log("%s in floating point: %s" % (name, text)))
        share = nets.accuracy(net, table, self.pixels[self.train_count:], self.labels[self.train_count:])
        layers = [(w.clone(), b.clone()) for w, b in net.folded()]
        result = dict(layers=layers, validation=share, seconds=time.time() - began,
                      digest=data.digest(*[t for pair in layers for t in pair]))
        self.log("%s in floating point: validation %.2f %%" % (name, 100 * share))
        save(path, lambda file: torch.save(result, file))
        return result


def mild_strong():
    return recipes.FULL_MILD, recipes.FULL_STRONG, recipes.TEACHER_EPOCHS


def save(path, write):
    """A file that is there completely or not at all."""
    with open(path + ".part", "wb") as file:
        write(file)
    os.replace(path + ".part", path)


def integers(shop, name, start):
    """dict: layers [(weights int64, biases int64)], seconds. From the float network `start`."""
    recipe, base = recipes.RECIPES[name], recipes.FLOATS[recipes.RECIPES[name].start]
    path = shop.path("integers-" + name, recipe, base, mild_strong()) + ".pt"
    if os.path.exists(path):
        return torch.load(path)
    samples, began, quick = shop.samples(), time.time(), shop.options.quick
    table = torch.tensor(recipes.pixel_table(recipe.levels)).float()
    with torch.no_grad():
        calibration = nets.images(table, shop.pixels[:2000])
        net = quantise.QuantNet(recipes.ARCHITECTURES[base.arch], recipe.levels, recipe.limits, start["layers"],
                                calibration, recipe.mu)

    def say(text):
        shop.log("%s: %s" % (name, text))

    nets.fit(net, samples, table, recipes.QUICK_MAIN if quick else recipe.epochs, recipe.rate, base.strong,
             shop.options.seed, say)
    net.fold()
    nets.fit(net, samples, table, recipes.QUICK_SETTLE if quick else recipes.SETTLE_EPOCHS, recipes.SETTLE_RATE,
             base.strong, shop.options.seed + 1, say, clip=recipes.SETTLE_CLIP)
    layers = [(torch.from_numpy(w), torch.from_numpy(b)) for w, b in net.exact()[0]]
    result = dict(layers=layers, seconds=time.time() - began)
    save(path, lambda file: torch.save(result, file))
    return result


def finish(shop, name):
    """Make, export and report one network."""
    options, recipe = shop.options, recipes.RECIPES[name]
    start = shop.float_network(recipe.start)
    made = integers(shop, name, start)
    ints = [(w.numpy(), b.numpy()) for w, b in made["layers"]]
    arch, lut = recipes.ARCHITECTURES[recipes.FLOATS[recipe.start].arch], recipes.pixel_table(recipe.levels)
    scores = quantise.exact_scores(arch, ints, lut, shop.pixels)
    window = export.window_of(scores, recipes.WINDOWS[name])
    figures = dict(validation=quantise.right(scores[shop.train_count:], shop.labels[shop.train_count:]),
                   bits=export.window_bits(window), test=None)
    if not options.no_test:  # the only place where test images are read
        pixels, labels = data.load_test(options.mnist)
        tested = quantise.exact_scores(arch, ints, lut, pixels)
        figures.update(test=quantise.right(tested, labels), outside=export.outside(tested, window), images=len(pixels))
    readme = provenance(shop, name, start, ints, figures)
    export.write_folder(os.path.join(options.out, name), arch, PIXELS, ints, lut, window, readme)
    shop.log("%s: bits %.2f, validation %.2f %%, test %s; %.0f s after %.0f s for the float network" % (
        name, figures["bits"], 100 * figures["validation"],
        "not read" if figures["test"] is None else "%.2f %%" % (100 * figures["test"]),
        made["seconds"], start["seconds"]))


def write_real(shop, start):
    """A float network as a folder of decimal text, FOLDER/START-float, for `cryptonets quantise`."""
    base, made = recipes.FLOATS[start], shop.float_network(start)
    layers = [(w.numpy(), b.numpy()) for w, b in made["layers"]]
    lut = [v / base.levels for v in recipes.pixel_table(base.levels)]
    readme = "Made by tools/train/train.py --float: real weights of %r, validation %.2f %%.\n" % (base, 100 * made["validation"])
    export.write_folder(os.path.join(shop.options.out, start + "-float"), recipes.ARCHITECTURES[base.arch], PIXELS, layers, lut,
                        None, readme)


def provenance(shop, name, start, ints, figures):
    """The README of the folder; `cryptonets import` copies it into the model file."""
    options, recipe = shop.options, recipes.RECIPES[name]
    lines = [
        "Made by tools/train/train.py --network %s --seed %d%s (doc/training.md)"
        % (name, options.seed, " --quick" if options.quick else ""),
        "with PyTorch %s, NumPy %s, threads: %d." % (torch.__version__, np.__version__, options.threads),
        "Recipe: %r from %r." % (recipe, recipes.FLOATS[recipe.start]),
        "Training images and labels: %d, SHA-256 %s." % (len(shop.labels), data.digest(shop.pixels, shop.labels)),
        "Teacher: %s." % ("none" if options.quick else "SHA-256 of its logits " + data.digest(shop.teacher_logits())),
        "Float network: validation %.2f %%, SHA-256 %s." % (100 * start["validation"], start["digest"]),
        "Weights and biases, int64: SHA-256 %s." % data.digest(*[a for pair in ints for a in pair]),
        "Validation (last %d training images): %.2f %%."
        % (len(shop.labels) - shop.train_count, 100 * figures["validation"]),
    ]
    if figures["test"] is not None:
        lines.append("Test: %.2f %% of %d images, scores outside the window: %d."
                     % (100 * figures["test"], figures["images"], figures["outside"]))
    lines.append("Window: %g times the range of the scores over all training images, 2^%.2f."
                 % (recipes.WINDOWS[name] / 4, figures["bits"]))
    return "\n".join(lines) + "\n"


def parse(arguments):
    parser = argparse.ArgumentParser(description="Train integer networks for cryptonets (doc/training.md).")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--mnist", metavar="DIR", help="folder with the four IDX files of MNIST, plain or .gz")
    source.add_argument("--csv", metavar="FILE", help="table: numbers, and one column of labels")
    parser.add_argument("--network", metavar="NAME", action="append", default=[],
                        help="with --mnist: %s; with --csv: logistic, hidden" % ", ".join(recipes.RECIPES))
    parser.add_argument("--all", action="store_true", help="all networks for MNIST")
    parser.add_argument("--out", metavar="FOLDER", required=True, help="networks go to FOLDER/NAME")
    parser.add_argument("--label", metavar="COLUMN", help="with --csv: name of the column of labels (default: the last)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1, help="threads of PyTorch (default 1); part of the result")
    parser.add_argument("--quick", action="store_true", help="no teacher, few epochs: minutes instead of an hour")
    parser.add_argument("--float", action="store_true",
                        help="write also the float network, to FOLDER/NAME-float, as decimal text")
    parser.add_argument("--no-test", action="store_true", help="do not read the test images (while tuning)")
    options = parser.parse_args(arguments)
    known = tuple(recipes.RECIPES) if options.mnist else tabular.NETWORKS
    if options.all and options.mnist:
        options.network = list(recipes.RECIPES)
    if not options.network:
        parser.error("expected --network, one of: " + ", ".join(known))
    for name in options.network:
        if name not in known:
            parser.error("unknown network '%s'; expected one of: %s" % (name, ", ".join(known)))
    if options.threads < 1:
        parser.error("--threads: expected at least 1")
    return options


def main():
    options = parse(sys.argv[1:])
    torch.set_num_threads(options.threads)
    try:
        if options.csv:
            for name in options.network:
                tabular.train(options, name)
        else:
            shop = Workshop(options)
            for name in options.network:
                finish(shop, name)
                if options.float:
                    write_real(shop, recipes.RECIPES[name].start)
    except (OSError, ValueError, OverflowError, ArithmeticError) as error:
        print("train.py: %s" % error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
