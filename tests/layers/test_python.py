"""Python layers: permission, Caffe's protocol, gradients, and somebody's errors."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import torch
from click.testing import CliRunner

from caffe2torch.commands._options import python_layers_option
from caffe2torch.errors import C2TError, GraphError, ShapeError, UnsupportedError
from caffe2torch.layers._python import ENVIRONMENT, CaffeBlob, allow_python_layers
from caffe2torch.module import build
from tests.layers.one_layer import one_graph, one_net, run_layer, run_net

MODULE = '''
import numpy as np
import caffe


class Distance(caffe.Layer):
    """Half the squared distance, as Caffe's own example has it."""

    def setup(self, bottom, top):
        if len(bottom) != 2:
            raise Exception("Need two inputs to compute distance.")
        self.weight = float(self.param_str or 1)

    def reshape(self, bottom, top):
        self.diff = np.zeros_like(bottom[0].data)
        top[0].reshape(1)

    def forward(self, bottom, top):
        self.diff[...] = bottom[0].data - bottom[1].data
        top[0].data[...] = self.weight * np.sum(self.diff**2) / bottom[0].num / 2.0

    def backward(self, top, propagate_down, bottom):
        for i, sign in ((0, 1), (1, -1)):
            if propagate_down[i]:
                bottom[i].diff[...] = self.weight * sign * self.diff / bottom[i].num * top[0].diff


class Counter(caffe.Layer):
    def setup(self, bottom, top):
        self.count = 0

    def reshape(self, bottom, top):
        top[0].reshape(2, 3)
        top[1].reshape(1)

    def forward(self, bottom, top):
        self.count += 1
        top[0].data[...] = self.count
        top[1].data[0] = self.phase

    def backward(self, top, propagate_down, bottom):
        pass


class Double(caffe.Layer):
    def setup(self, bottom, top):
        assert bottom[0] is top[0], "in place, both are one blob"

    def reshape(self, bottom, top):
        pass

    def forward(self, bottom, top):
        top[0].data[...] *= 2

    def backward(self, top, propagate_down, bottom):
        bottom[0].diff[...] = top[0].diff * 2


class Broken(caffe.Layer):
    def setup(self, bottom, top):
        raise KeyError("split")
'''
DISTANCE = 'python_param { module: "their_layers" layer: "Distance" param_str: "3" }'
COUNTER = 'python_param { module: "their_layers" layer: "Counter" }'


@pytest.fixture(autouse=True)
def their_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "their_layers.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delenv(ENVIRONMENT, raising=False)
    yield
    for name in ("their_layers", "caffe"):
        sys.modules.pop(name, None)


def test_it_is_refused_by_default_and_nothing_is_imported() -> None:
    with pytest.raises(UnsupportedError) as error:
        one_graph("Python", DISTANCE, [(2, 3), (2, 3)])
    assert 'import module "their_layers" and run its class Distance' in str(error.value)
    assert "--allow-python-layers" in str(error.value)
    assert "their_layers" not in sys.modules


def test_permission_ends_with_the_block() -> None:
    with allow_python_layers():
        one_graph("Python", DISTANCE, [(2, 3), (2, 3)])
    with pytest.raises(UnsupportedError):
        one_graph("Python", DISTANCE, [(2, 3), (2, 3)])


def test_the_environment_permits_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENVIRONMENT, "1")
    assert one_graph("Python", DISTANCE, [(2, 3), (2, 3)]).node("l").top_shapes == [(1,)]


def test_the_flag_sets_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENVIRONMENT, "")

    @click.command()
    @python_layers_option
    def command() -> None:
        one_graph("Python", DISTANCE, [(2, 3), (2, 3)])

    refused = CliRunner().invoke(command, [])
    assert isinstance(refused.exception, UnsupportedError)
    assert CliRunner().invoke(command, ["--allow-python-layers"]).exit_code == 0


def test_forward_and_backward_are_theirs() -> None:
    a = torch.tensor([[1.0, 2.0], [0.0, 4.0]], requires_grad=True)
    b = torch.tensor([[0.0, 0.0], [2.0, 1.0]], requires_grad=True)
    with allow_python_layers():
        (loss,) = run_layer("Python", DISTANCE, a, b)
    assert loss.tolist() == [3 * (1 + 4 + 4 + 9) / 2 / 2]
    (2 * loss).sum().backward()
    torch.testing.assert_close(a.grad, 2 * 3 * (a - b).detach() / 2)
    torch.testing.assert_close(b.grad, -2 * 3 * (a - b).detach() / 2)


def test_only_wanted_gradients_are_asked_for() -> None:
    a, b = torch.ones(2, 3, requires_grad=True), torch.zeros(2, 3)
    with allow_python_layers():
        (loss,) = run_layer("Python", DISTANCE, a, b)
    loss.sum().backward()
    torch.testing.assert_close(a.grad, torch.full((2, 3), 1.5))


def test_another_batch_size_reshapes() -> None:
    with allow_python_layers():
        net = one_net("Python", DISTANCE, [(2, 3), (2, 3)])
    (loss,) = run_net(net, torch.ones(4, 3), torch.zeros(4, 3))
    assert loss.tolist() == [3 * 12 / 4 / 2]


@pytest.mark.parametrize(("phase", "number"), [("TRAIN", 0.0), ("TEST", 1.0)])
def test_a_layer_that_brings_data_keeps_its_state_and_knows_the_phase(
    phase: str, number: float
) -> None:
    with allow_python_layers():
        net = one_net("Python", COUNTER, [], tops=2, phase=phase)
    assert [float(run_net(net)[0].mean()) for _ in range(3)] == [1.0, 2.0, 3.0]
    assert run_net(net)[1].tolist() == [number]


def test_in_place_both_blobs_are_one() -> None:
    text = 'top: "b0" python_param { module: "their_layers" layer: "Double" }'
    x = torch.tensor([1.0, -2.0], requires_grad=True)
    with allow_python_layers():
        net = build.build(one_graph("Python", text, [(2,)], tops=0), seed=0)
    y = build.run(net, {"b0": x}, ["b0"])["b0"]
    y.backward(torch.tensor([1.0, 10.0]))
    assert y.tolist() == [2.0, -4.0]
    assert x.grad is not None
    assert x.grad.tolist() == [2.0, 20.0]


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("", ShapeError, "module is missing"),
        ('python_param { module: "m" }', ShapeError, "layer is missing"),
        ('python_param { module: "no_such" layer: "X" }', GraphError, "No module named 'no_such'"),
        ('python_param { module: "their_layers" layer: "X" }', GraphError, "no attribute 'X'"),
        (
            'python_param { module: "their_layers" layer: "Broken" }',
            GraphError,
            "\"their_layers\", class Broken: KeyError: 'split'",
        ),
        (DISTANCE, GraphError, "Need two inputs"),
    ],
)
def test_what_is_wrong_is_said(text: str, kind: type[C2TError], message: str) -> None:
    with allow_python_layers(), pytest.raises(kind, match=message):
        one_graph("Python", text, [(2, 3)])


def test_a_blob_has_the_old_accessors() -> None:
    blob = CaffeBlob(2, 3)
    assert (blob.num, blob.channels, blob.height, blob.width) == (2, 3, 1, 1)
    assert (blob.shape, blob.count) == ((2, 3), 6)
    blob.data[...] = 7
    blob.reshape(2, 3)
    assert blob.data.sum() == 42
    blob.reshape(4)
    assert blob.data.sum() == 0
