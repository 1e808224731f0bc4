"""The built module is a PyTorch module like any other."""

from __future__ import annotations

import copy
import gc
import inspect
import traceback
import weakref
from pathlib import Path

import numpy as np
import pytest
import torch

from caffe2torch.module import build
from caffe2torch.module.blobs import export_blobs, set_blobs
from tests.graph.nets import graph, ip, relu
from tests.module.nets import SMALL, filled


def test_layers_are_found_by_their_names(tmp_path: Path) -> None:
    net = build.build(graph(tmp_path, SMALL), seed=0)
    names = [name for name, _ in net.named_modules()]
    assert names == ["", "a", "r", "b/1x1"]
    assert set(net.state_dict()) == {"a.weight", "b/1x1.weight"}
    assert "(b/1x1): Linear" in str(net)


def test_hooks_of_every_layer_are_called(tmp_path: Path) -> None:
    net = build.build(graph(tmp_path, SMALL), seed=0)
    seen: list[str] = []
    for name, module in net.named_children():
        module.register_forward_hook(lambda *_, name=name: seen.append(name))
    net(torch.ones(2, 3))
    assert seen == ["a", "r", "b/1x1"]


def test_a_traceback_shows_the_emitted_line(tmp_path: Path) -> None:
    net = build.build(graph(tmp_path, SMALL), seed=0)
    with pytest.raises(RuntimeError) as caught:
        net(torch.ones(2, 7))
    shown = "".join(traceback.format_exception(caught.value))
    assert "a = self.a(data)" in shown


def test_the_source_can_be_inspected(tmp_path: Path) -> None:
    net = build.build(graph(tmp_path, SMALL), seed=0)
    assert "def forward(self, data)" in inspect.getsource(type(net))


def test_torch_can_trace_it_whole(tmp_path: Path) -> None:
    net = build.build(graph(tmp_path, filled(SMALL)), seed=0)
    x = torch.randn(2, 3, generator=torch.Generator().manual_seed(1))
    exported = torch.export.export(net, (x,))
    torch.testing.assert_close(exported.module()(x), net(x))


def test_the_same_seed_gives_the_same_weights(tmp_path: Path) -> None:
    nets = [build.build(graph(tmp_path, filled(SMALL)), seed=seed) for seed in (3, 3, 4)]
    first, again, other = (net.state_dict()["a.weight"] for net in nets)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_a_test_net_shares_the_train_nets_parameters(tmp_path: Path) -> None:
    train = build.build(graph(tmp_path, filled(SMALL)), seed=0)
    test = build.build(graph(tmp_path, filled(SMALL), phase="TEST"), share_with=train)
    assert train.get_parameter("a.weight") is test.get_parameter("a.weight")
    assert train.training
    assert not test.training


def test_a_deep_copy_is_a_net_of_its_own(tmp_path: Path) -> None:
    net = build.build(graph(tmp_path, filled(SMALL)), seed=0)
    other = copy.deepcopy(net)
    with torch.no_grad():
        other.get_parameter("a.weight").zero_()
    assert export_blobs(net)["a"][0].any()
    assert not export_blobs(other)["a"][0].any()


def test_intermediate_blobs_are_freed_while_the_net_still_runs(tmp_path: Path) -> None:
    net = build.build(graph(tmp_path, SMALL + relu("z", "b", "z"), phase="TEST"), seed=0)
    refs: list[weakref.ref[torch.Tensor]] = []
    alive: list[bool] = []
    net.get_submodule("a").register_forward_hook(lambda *a: refs.append(weakref.ref(a[2])))

    def look(*_: object) -> None:
        gc.collect()
        alive.append(refs[0]() is not None)

    net.get_submodule("z").register_forward_pre_hook(look)
    with torch.no_grad():
        net(torch.ones(2, 3))
    assert alive == [False]


def test_every_blob_can_be_asked_for_by_name(tmp_path: Path) -> None:
    found = graph(tmp_path, SMALL)
    net = build.build(found, seed=0)
    names = list(found.shapes)
    blobs = build.run(net, {"data": torch.ones(2, 3)}, names)
    assert {name: tuple(blob.shape) for name, blob in blobs.items()} == found.shapes


def test_force_backward_runs_from_the_loose_ends(tmp_path: Path) -> None:
    """Power and Log in place give the square of their slope, whatever arrives, as in Caffe."""
    text = (
        "force_backward: true\n"
        'layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 2 dim: 2 } } }\n'
        + ip("ip", "x", "a", n=2)
        + 'layer { name: "p" type: "Power" bottom: "a" top: "a" power_param { scale: 3 } }\n'
        'layer { name: "s" type: "Silence" bottom: "a" }\n'
        + ip("ip2", "x", "b", n=2)
        + 'layer { name: "l" type: "Log" bottom: "b" top: "b" log_param { shift: 1 } }\n'
    )
    found = graph(tmp_path, text)
    assert found.loose_ends == ["b", "a"]
    assert found.results == ["b", "a"]  # also where nothing but a Silence reads it
    net = build.build(found, seed=0)
    for name in ("ip", "ip2"):
        set_blobs(net, found.node(name), [np.zeros((2, 2), np.float32)])
    blobs = build.run(net, {"x": torch.tensor([[1.0, 2], [3, 4]])}, ["a", "b"])
    loss = build.total_loss(net, blobs)
    loss.backward()
    assert loss == 0
    gradients = [net.get_submodule(name).weight.grad.tolist() for name in ("ip", "ip2")]  # type: ignore[union-attr, operator]
    assert gradients == [[[36.0, 54.0]] * 2, [[4.0, 6.0]] * 2]
