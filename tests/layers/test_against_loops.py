"""Losses and rankings against plain loops over their definitions, for random shapes and settings.

The loops say forward and gradient value by value, as Caffe's layers define them.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch

from tests.layers.one_layer import run_layer

Array = np.ndarray[Any, Any]
SEEDS = range(25)
MODES = ["VALID", "FULL", "BATCH_SIZE", "NONE"]


def vectors(shape: tuple[int, ...], axis: int) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Position of a label in row-major order, and the index of its vector of scores."""
    outer = np.ndindex(*shape[:axis])
    position = 0
    for before in outer:
        for after in np.ndindex(*shape[axis + 1 :]):
            yield position, (*before, slice(None), *after)
            position += 1


def divisor(mode: str, valid: int, total: int, outer: int) -> float:
    return max(1.0, {"VALID": valid, "FULL": total, "BATCH_SIZE": outer, "NONE": 1}[mode])


class Case:
    """Random scores with classes along an axis, labels, and settings of a loss."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        chance = random.Random(seed)
        rank = chance.randint(2, 4)
        self.shape = tuple(chance.randint(1, 4) for _ in range(rank))
        self.axis = chance.randint(1, rank - 1)
        self.classes = self.shape[self.axis]
        self.scores = (3 * self.rng.standard_normal(self.shape)).astype(np.float32)
        rest = self.shape[: self.axis] + self.shape[self.axis + 1 :]
        self.labels = self.rng.integers(0, self.classes, rest).astype(np.float32)
        self.ignore = chance.choice([None, 0, 255])
        if self.ignore == 255:
            self.labels[self.rng.random(rest) < 0.3] = 255
        self.mode = chance.choice(MODES)
        self.top_k = chance.randint(1, self.classes)

    def loss_param(self) -> str:
        ignore = "" if self.ignore is None else f"ignore_label: {self.ignore}"
        return f"loss_param {{ {ignore} normalization: {self.mode} }}"

    def valid(self) -> Iterator[tuple[int, tuple[Any, ...]]]:
        """The label and the index of each vector that counts."""
        for position, index in vectors(self.shape, self.axis):
            label = int(self.labels.flat[position])
            if label != self.ignore:
                yield label, index

    def divisor(self) -> float:
        outer = math.prod(self.shape[: self.axis])
        return divisor(self.mode, len(list(self.valid())), self.labels.size, outer)

    def run(self, kind: str, text: str, *more: Array) -> tuple[float, Array]:
        """Loss, and the gradient of the scores for a loss weight of 2."""
        scores = torch.from_numpy(self.scores).requires_grad_()
        bottoms = [scores, torch.from_numpy(self.labels), *map(torch.from_numpy, more)]
        (loss,) = run_layer(kind, text, *bottoms)
        (2 * loss).backward()
        assert scores.grad is not None
        return float(loss.detach()), scores.grad.numpy()


def softmax(vector: Array) -> Array:
    powers = np.exp(vector.astype(np.float64) - vector.max())
    return powers / powers.sum()


@pytest.mark.parametrize("seed", SEEDS)
def test_softmax_with_loss(seed: int) -> None:
    case = Case(seed)
    total, gradient = 0.0, np.zeros(case.shape)
    for label, index in case.valid():
        p = softmax(case.scores[index])
        total -= math.log(max(p[label], 1.17549435e-38))
        p[label] -= 1
        gradient[index] = p
    text = f"softmax_param {{ axis: {case.axis} }} {case.loss_param()}"
    loss, found = case.run("SoftmaxWithLoss", text)
    assert loss == pytest.approx(total / case.divisor(), rel=1e-5, abs=1e-6)
    np.testing.assert_allclose(found, 2 * gradient / case.divisor(), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_infogain_loss(seed: int) -> None:
    case = Case(seed)
    matrix = case.rng.uniform(0, 2, (case.classes, case.classes)).astype(np.float32)
    total, gradient = 0.0, np.zeros(case.shape)
    for label, index in case.valid():
        p = softmax(case.scores[index])
        for k in range(case.classes):
            total -= matrix[label, k] * math.log(max(p[k], 1e-20))
        gradient[index] = p * matrix[label].sum() - matrix[label]
    text = f"infogain_loss_param {{ axis: {case.axis} }} {case.loss_param()}"
    loss, found = case.run("InfogainLoss", text, matrix)
    assert loss == pytest.approx(total / case.divisor(), rel=1e-5, abs=1e-6)
    np.testing.assert_allclose(found, 2 * gradient / case.divisor(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("seed", SEEDS)
def test_accuracy(seed: int) -> None:
    case = Case(seed)
    case.scores = case.scores.round()  # ties
    right, counts = np.zeros(case.classes), np.zeros(case.classes)
    for label, index in case.valid():
        vector = case.scores[index]
        better = sum(vector[k] >= vector[label] for k in range(case.classes) if k != label)
        counts[label] += 1
        right[label] += better < case.top_k
    ignore = "" if case.ignore is None else f"ignore_label: {case.ignore}"
    text = f"accuracy_param {{ axis: {case.axis} top_k: {case.top_k} {ignore} }}"
    bottoms = torch.from_numpy(case.scores), torch.from_numpy(case.labels)
    overall, each = run_layer("Accuracy", text, *bottoms, tops=2)
    assert float(overall) == pytest.approx(right.sum() / max(1, counts.sum()))
    np.testing.assert_allclose(each.numpy(), right / np.maximum(1, counts), rtol=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_argmax(seed: int) -> None:
    case = Case(seed)
    case.scores = case.scores.round()
    for values in (False, True):
        text = f"axis: {case.axis} top_k: {case.top_k} out_max_val: {str(values).lower()}"
        (top,) = run_layer("ArgMax", f"argmax_param {{ {text} }}", torch.from_numpy(case.scores))
        for _, index in vectors(case.shape, case.axis):
            pairs = sorted(((v, k) for k, v in enumerate(case.scores[index])), reverse=True)
            wanted = [pair[0 if values else 1] for pair in pairs[: case.top_k]]
            assert top.numpy()[index].tolist() == wanted


@pytest.mark.parametrize("seed", SEEDS)
def test_argmax_of_whole_items(seed: int) -> None:
    case = Case(seed)
    case.scores = case.scores.round()
    n, size = case.shape[0], math.prod(case.shape[1:])
    k = min(size, case.top_k)
    text = f"argmax_param {{ top_k: {k} out_max_val: true }}"
    (top,) = run_layer("ArgMax", text, torch.from_numpy(case.scores))
    assert top.shape == (n, 2, k, *(1,) * (len(case.shape) - 3))
    for i in range(n):
        pairs = sorted(((v, j) for j, v in enumerate(case.scores[i].ravel())), reverse=True)[:k]
        assert top[i, 0].flatten().tolist() == [j for _, j in pairs]
        assert top[i, 1].flatten().tolist() == [v for v, _ in pairs]


@pytest.mark.parametrize("seed", SEEDS)
def test_sigmoid_cross_entropy_loss(seed: int) -> None:
    case = Case(seed)
    case.labels = case.rng.uniform(0, 2, case.shape).astype(np.float32)
    case.ignore = random.Random(seed).choice([None, 0, 1])
    total, gradient, valid = 0.0, np.zeros(case.shape), 0
    for index in np.ndindex(*case.shape):
        x, t = float(case.scores[index]), float(case.labels[index])
        if case.ignore is not None and int(t) == case.ignore:
            continue
        total -= x * (t - (x >= 0)) - math.log(1 + math.exp(x - 2 * x * (x >= 0)))
        gradient[index] = 1 / (1 + math.exp(-x)) - t
        valid += 1
    by = divisor(case.mode, valid, case.labels.size, case.shape[0])
    loss, found = case.run("SigmoidCrossEntropyLoss", case.loss_param())
    assert loss == pytest.approx(total / by, rel=1e-5, abs=1e-6)
    np.testing.assert_allclose(found, 2 * gradient / by, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("norm", ["L1", "L2"])
def test_hinge_loss(seed: int, norm: str) -> None:
    case = Case(seed)
    n, size = case.shape[0], math.prod(case.shape[1:])
    case.labels = case.rng.integers(0, size, n).astype(np.float32)
    total, gradient = 0.0, np.zeros((n, size))
    for i in range(n):
        for j in range(size):
            sign = -1 if j == case.labels[i] else 1
            margin = max(0.0, 1 + sign * float(case.scores[i].ravel()[j]))
            total += margin**2 if norm == "L2" else margin
            gradient[i, j] = sign * (2 * margin if norm == "L2" else margin > 0)
    loss, found = case.run("HingeLoss", f"hinge_loss_param {{ norm: {norm} }}")
    assert loss == pytest.approx(total / n, rel=1e-5)
    np.testing.assert_allclose(found.reshape(n, size), 2 * gradient / n, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("legacy", [False, True])
def test_contrastive_loss(seed: int, legacy: bool) -> None:
    rng = np.random.default_rng(seed)
    n, c, margin = int(rng.integers(1, 5)), int(rng.integers(1, 5)), float(rng.uniform(0, 4))
    a, b = rng.standard_normal((2, n, c)).astype(np.float32)
    similar = rng.choice([0.0, 0.5, 1.0, -1.0], n).astype(np.float32)
    total, slope = 0.0, np.zeros((n, c))
    for i in range(n):
        d = (a[i] - b[i]).astype(np.float64)
        square = float(d @ d)
        gap = margin - (square if legacy else math.sqrt(square))
        if int(similar[i]):
            total += square
            slope[i] = d
        elif gap > 0:
            total += gap if legacy else gap**2
            slope[i] = -d * (1 if legacy else gap / (math.sqrt(square) + 1e-4))
    left, right = (torch.from_numpy(v.copy()).requires_grad_() for v in (a, b))
    param = f"margin: {margin} legacy_version: {str(legacy).lower()}"
    text = f"contrastive_loss_param {{ {param} }}"
    (loss,) = run_layer("ContrastiveLoss", text, left, right, torch.from_numpy(similar))
    (2 * loss).backward()
    assert float(loss.detach()) == pytest.approx(total / n / 2, rel=1e-5, abs=1e-6)
    for blob, sign in ((left, 1), (right, -1)):
        assert blob.grad is not None
        np.testing.assert_allclose(blob.grad.numpy(), sign * 2 * slope / n, rtol=1e-4, atol=1e-6)
