"""Weights go to the state dict of a converted net, and back to blobs."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from caffe2torch.convert.state import blobs
from caffe2torch.module.blobs import export_blobs
from tests.conftest import GOLDEN
from tests.convert import families
from tests.convert.one_net import converted
from tests.graph.nets import DATA, ip

NETS = GOLDEN / "nets"


def same(found: dict[str, list[np.ndarray]], expected: dict[str, list[np.ndarray]]) -> None:  # type: ignore[type-arg]
    assert found.keys() == expected.keys()
    for layer, arrays in expected.items():
        for one, other in zip(found[layer], arrays, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-6)


def test_a_folded_batch_norm_comes_back_as_averages(tmp_path: Path) -> None:
    found = converted(tmp_path, families.resnet((1,), size=32, width=2))
    own = export_blobs(found.built)
    back = blobs(found.graph, found.state, "x")
    for layer, arrays in own.items():
        if layer.startswith("bn"):
            mean, variance, factor = arrays
            np.testing.assert_allclose(back[layer][0], mean / factor, rtol=1e-6)
            np.testing.assert_allclose(back[layer][1], variance / factor, rtol=1e-6)
            assert back[layer][2] == 1
        else:
            same({layer: back[layer]}, {layer: arrays})


def test_a_faithful_state_dict_comes_back_whole(tmp_path: Path) -> None:
    found = converted(tmp_path, families.resnet((1,), size=32, width=2), faithful=True)
    same(blobs(found.graph, found.state, "x"), export_blobs(found.built))


def test_shared_blobs_come_back_under_every_layer(tmp_path: Path) -> None:
    found = converted(tmp_path, families.siamese())
    assert "conv_b.weight" not in found.state
    same(blobs(found.graph, found.state, "x"), export_blobs(found.built))


def test_groups_in_front_of_a_key_do_not_count(tmp_path: Path) -> None:
    found = converted(tmp_path, DATA + ip("a", "data", "a"))
    weight = found.state["a.weight"]
    assert list(blobs(found.graph, {"module.stage1.a.weight": weight}, "x")) == ["a"]
