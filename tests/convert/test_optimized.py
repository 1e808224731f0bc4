"""Modules that an engine computes behave as the net's own module does."""

from __future__ import annotations

import copy
import pickle

import pytest
import torch

from caffe2torch.convert.loading import load
from caffe2torch.convert.optimized import Optimized
from caffe2torch.errors import UnsupportedError
from caffe2torch.format.upgrade import parse_net
from tests.convert.test_choosing import NET

pytest.importorskip("onnxruntime", reason="the package onnxruntime is not installed")

X = torch.linspace(-1, 1, 50).reshape(1, 2, 5, 5)


def test_a_net_is_loaded_to_be_computed_by_an_engine() -> None:
    net = load(parse_net(NET), seed=3, optimize="onnxruntime")
    assert isinstance(net, Optimized) and not net.training
    result = net(X)
    assert isinstance(result, torch.Tensor) and not result.requires_grad
    torch.testing.assert_close(result, net.net(X).detach(), rtol=1e-5, atol=1e-6)
    assert [choice.engine for choice in net.choices.values()] == ["onnxruntime"]


def test_blobs_inside_are_returned_as_the_net_returns_them() -> None:
    net = load(parse_net(NET), seed=3, out_blobs=["conv"], optimize="onnxruntime")
    assert list(net(X)) == ["conv"]
    torch.testing.assert_close(net(X)["conv"], net.get_submodule("net")(X)["conv"].detach())


def test_gradients_and_training_are_left_to_the_net() -> None:
    net = load(parse_net(NET), seed=3, optimize="onnxruntime")
    x = X.clone().requires_grad_()
    net(x).sum().backward()
    assert x.grad is not None and x.grad.abs().sum() > 0
    assert net.train()(X).requires_grad


@pytest.mark.parametrize("again", [copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))])
def test_it_can_be_copied_and_pickled(again: object) -> None:
    net = load(parse_net(NET), seed=3, optimize="onnxruntime")
    expected = net(X)
    assert callable(again)
    torch.testing.assert_close(again(net)(X), expected)


def test_what_was_chosen_is_said_once_for_a_shape() -> None:
    said: list[str] = []
    net = Optimized(load(parse_net(NET), seed=3), "onnxruntime", say=said.append)
    net(X), net(X), net(X.expand(2, -1, -1, -1))
    assert said == ["engine: onnxruntime"] * 2


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(UnsupportedError, match='no engine "fast"'):
        load(parse_net(NET), optimize="fast")
