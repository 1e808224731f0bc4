"""caffe2torch.module.nn gives the layers' own code as torch classes and functions."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path

import pytest
import torch
from torch import nn

import caffe2torch.module.nn as caffe_nn
from caffe2torch.layers.base import Layer


def test_every_name_is_real_and_is_found_again_by_pickle() -> None:
    assert {"CaffeBatchNorm", "CaffeSoftmaxWithLoss", "CaffePower", "Op", "hinge_loss"} <= {
        *dir(caffe_nn)
    }
    for name in dir(caffe_nn):
        value = getattr(caffe_nn, name)
        assert pickle.loads(pickle.dumps(value)) is value
        assert not isinstance(value, type) or not issubclass(value, Layer)


def test_classes_are_made_of_torch() -> None:
    assert issubclass(caffe_nn.CaffeSoftmaxWithLoss, nn.Module)
    assert issubclass(caffe_nn.CaffePower, torch.autograd.Function)


def test_a_module_computes_and_survives_copy_and_pickle() -> None:
    scores = torch.tensor([[0.0, 0.0], [0.0, 200.0]])
    loss = caffe_nn.CaffeSoftmaxWithLoss(normalization="NONE", weights=(1.0, 2.0))
    wanted = 2 * torch.tensor(2.0).log() + 87.33654475
    for module in (loss, copy.deepcopy(loss), pickle.loads(pickle.dumps(loss))):
        torch.testing.assert_close(module(scores, torch.tensor([1.0, 0.0])), wanted)


def test_a_function_uses_the_torch_of_its_helpers() -> None:
    p = torch.tensor([[0.5, 0.0]], requires_grad=True)
    caffe_nn.logistic_loss(p, torch.tensor([1.0])).backward()
    assert p.grad is not None
    torch.testing.assert_close(p.grad, torch.tensor([[0.0, -1e20]]))


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'CaffeFoo'"):
        _ = caffe_nn.CaffeFoo


def test_the_stub_for_type_checkers_is_current(root: Path) -> None:
    from tools.gen_docs import nn_stub

    stub = root / "caffe2torch" / "module" / "nn.pyi"
    assert stub.read_text(encoding="utf-8") == nn_stub(), "run tools/gen_docs.py"
