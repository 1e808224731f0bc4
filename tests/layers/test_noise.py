"""Noise: what it adds follows its distribution, and the gradient is handed on."""

from __future__ import annotations

import pytest
import torch

from caffe2torch.errors import UnsupportedError
from caffe2torch.module import build
from tests.layers.one_layer import close, drawn, one_graph, run_layer


def test_gaussian_noise_is_relative_to_the_bottom() -> None:
    x = (3 * drawn(100, 100)).requires_grad_()
    (y,) = run_layer("Noise", "noise_param { gaussian_std: 0.5 bias: 1 }", x)
    y.sum().backward()
    noise = y.detach() - x.detach()
    assert abs(float(noise.mean()) - 1) < 0.05
    assert abs(float(noise.std()) / (0.5 * float(x.detach().square().mean().sqrt())) - 1) < 0.03
    assert x.grad is not None
    close(x.grad, torch.ones(100, 100))


def test_uniform_noise_keeps_its_range() -> None:
    (y,) = run_layer("Noise", "noise_param { uniform_range: 0.5 }", torch.zeros(100, 100))
    assert float(y.abs().max()) <= 0.5
    assert abs(float(y.std()) - 0.5 / 3**0.5) < 0.01


def test_nothing_is_added_in_test() -> None:
    x = drawn(3, 4)
    (y,) = run_layer("Noise", "noise_param { gaussian_std: 0.5 }", x, phase="TEST")
    close(y, x)


def test_another_forks_fillers_are_not_run() -> None:
    with pytest.raises(UnsupportedError, match="another fork"):
        build.build(one_graph("Noise", "noise_param { add_noise_filler { } }", [(2, 3)]))
