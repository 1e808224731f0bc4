"""Loaded nets live on in files, copies and other processes."""

from __future__ import annotations

import copy
import io
import multiprocessing
import pickle
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from caffe2torch.convert.loading import load
from caffe2torch.convert.pickling import Blueprint
from tests.convert import families

RESNET = families.resnet((1, 1), size=32, width=2)


def loaded(folder: Path, text: str = RESNET, **options: object) -> nn.Module:
    path = folder / "net.prototxt"
    path.write_text(text)
    return load(path, seed=3, **options)  # type: ignore[arg-type]


def same(one: nn.Module, other: nn.Module) -> None:
    assert one.state_dict().keys() == other.state_dict().keys()
    for key, value in one.state_dict().items():
        assert torch.equal(value, other.state_dict()[key]), key
    x = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    assert torch.equal(one(x), other(x))


def saved(net: nn.Module) -> nn.Module:
    file = io.BytesIO()
    torch.save(net, file)
    file.seek(0)
    whole: nn.Module = torch.load(file, weights_only=False)
    return whole


@pytest.mark.parametrize(
    "way", [copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net)), saved],
    ids=["deepcopy", "pickle", "torch.save"],
)  # fmt: skip
def test_every_way_gives_the_same_net(tmp_path: Path, way: object) -> None:
    net = loaded(tmp_path)
    net.get_submodule("conv1").requires_grad_(False)
    other = way(net)  # type: ignore[operator]
    same(net, other)
    assert not other.conv1.weight.requires_grad and other.fc1000.weight.requires_grad
    assert not other.training and other.graph.name == "ResNet"
    with torch.no_grad():
        other.fc1000.weight.add_(1)
    assert not torch.equal(net.state_dict()["fc1000.weight"], other.fc1000.weight)


def answer(net: nn.Module, x: Tensor, queue: object) -> None:
    queue.put(net(x).detach().tolist())  # type: ignore[attr-defined]


def test_a_spawned_process_builds_it_anew(tmp_path: Path) -> None:
    net = loaded(tmp_path)
    (tmp_path / "net.prototxt").unlink()
    context = multiprocessing.get_context("spawn")
    queue, x = context.Queue(), torch.ones(1, 3, 32, 32)
    process = context.Process(target=answer, args=(net, x, queue))
    process.start()
    result = queue.get(timeout=60)
    process.join()
    torch.testing.assert_close(torch.tensor(result), net(x).detach())


def test_types_modes_and_returned_blobs_stay(tmp_path: Path) -> None:
    net = loaded(tmp_path, out_blobs=["conv1", "prob"]).double().train()
    net.get_submodule("conv1").eval()
    other = copy.deepcopy(net)
    assert other.get_parameter("conv1.weight").dtype is torch.float64
    assert other.training and not other.get_submodule("conv1").training
    x = torch.ones(1, 3, 32, 32, dtype=torch.float64)
    assert list(other(x)) == ["conv1", "prob"]


def test_shared_weights_stay_shared(tmp_path: Path) -> None:
    net = loaded(tmp_path, families.siamese())
    other = copy.deepcopy(net)
    pairs = [(name, one) for name, one in other.named_parameters(remove_duplicate=False)]
    assert len({id(one) for _, one in pairs}) < len(pairs)
    assert len(list(net.parameters())) == len(list(other.parameters()))


def test_a_blueprint_is_plain(tmp_path: Path) -> None:
    _, (blueprint, *_) = loaded(tmp_path).__reduce_ex__(4)
    assert isinstance(blueprint, Blueprint)
    kinds = {type(value) for value in vars(blueprint).values()}
    assert kinds <= {bytes, str, dict, bool, type(None)}
