"""Clip's gradient at the ends of its range is Caffe's, whatever torch.clamp's is."""

from __future__ import annotations

import math

import torch

from tests.layers.one_layer import run_layer


def test_the_gradient_passes_at_both_ends() -> None:
    """clip_layer.cpp, Backward_cpu: bottom >= min && bottom <= max."""
    x = torch.tensor([-1.0, -0.5, 0.0, 0.75, 1.0], requires_grad=True)
    (top,) = run_layer("Clip", "clip_param { min: -0.5 max: 0.75 }", x)
    torch.testing.assert_close(top, torch.tensor([-0.5, -0.5, 0.0, 0.75, 0.75]))
    top.sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [0, 1, 1, 1, 0]


def test_what_is_no_number_becomes_the_minimum() -> None:
    """std::max(min, std::min(x, max)) is min for NaN; in Caffe 1.0: [-1, 1, 1, 1, -1, 0]."""
    x = torch.tensor([math.nan, 1, math.inf, 3, math.nan, 0], requires_grad=True)
    (top,) = run_layer("Clip", "clip_param { min: -1 max: 1 }", x)
    assert top.tolist() == [-1, 1, 1, 1, -1, 0]
    top.sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [0, 1, 0, 0, 0, 1]


def test_bounds_in_reverse() -> None:
    x = torch.tensor([-1.0, 0.0, math.nan], requires_grad=True)
    (top,) = run_layer("Clip", "clip_param { min: 0.5 max: -0.5 }", x)
    top.sum().backward()
    assert top.tolist() == [0.5] * 3
    assert x.grad is not None
    assert x.grad.tolist() == [0] * 3
