"""AccuracyTree by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from caffe2torch.errors import DataError, ShapeError
from caffe2torch.format.upgrade import parse_net
from caffe2torch.module import build
from tests.layers.one_layer import one_graph, run_layer, top_shapes

# Labels 0 to 3; the first classifier tells {0, 1} from {2, 3}, one below each of them tells two.
FILES = ("0 0 1 1", "0 1 -1 -1", "-1 -1 1 0")


def text(folder: Path, more: str = "") -> str:
    names = []
    for i, words in enumerate(FILES):
        (folder / f"labels{i}").write_text(words)
        names.append(f'label_transform_file: "{folder}/labels{i}"')
    return f"tree_param {{ tree_depth: 2 {' '.join(names)} }} {more}"


def test_a_wrong_turn_ends_the_way(tmp_path: Path) -> None:
    labels = torch.tensor([0.0, 1, 2, 3])
    first = torch.tensor([[2.0, 1], [2, 1], [1, 2], [2, 1]])  # the last is wrong
    left = torch.tensor([[3.0, 1], [3, 1], [0, 0], [0, 0]])  # the second is wrong
    right = torch.tensor([[0.0, 0], [0, 0], [0, 1], [1, 0]])
    tops = run_layer("AccuracyTree", text(tmp_path), first, left, right, labels, tops=2)
    assert [top.item() for top in tops] == [3 / 4, 2 / 4]


def test_the_last_depth_takes_the_top_k(tmp_path: Path) -> None:
    labels = torch.tensor([0.0, 1])
    first, below = torch.tensor([[2.0, 1], [1, 2]]), torch.tensor([[0.0, 1], [0, 1]])
    more = "accuracy_param { top_k: 2 }"
    tops = run_layer("AccuracyTree", text(tmp_path, more), first, below, below, labels, tops=2)
    assert [top.item() for top in tops] == [1 / 2, 1 / 2]


def test_files_are_read_when_it_is_to_run(tmp_path: Path) -> None:
    lost = text(tmp_path).replace("labels1", "lost")
    graph = one_graph("AccuracyTree", lost, [(2, 2), (2, 2), (2, 2), (2,)], 2)
    with pytest.raises(DataError, match="lost"):
        build.build(graph)
    (tmp_path / "lost").write_text("0 1 2 -1")
    with pytest.raises(ShapeError, match="are not 0 to 1"):
        build.build(graph)


def test_bottoms_and_tops_must_fit(tmp_path: Path) -> None:
    with pytest.raises(ShapeError, match="3 bottoms for 3 label_transform_file"):
        top_shapes("AccuracyTree", text(tmp_path), [(2, 2), (2, 2), (2,)], tops=2)
    with pytest.raises(ShapeError, match="tree_depth is 2"):
        top_shapes("AccuracyTree", text(tmp_path), [(2, 2), (2, 2), (2, 2), (2,)], tops=1)


def test_the_older_spelling() -> None:
    net = parse_net(
        "layers { type: ACCURACY_TREE accuracy_tree_param { top_k: 5 tree_depth: 2 "
        'label_transform_file: "a" label_transform_file: "b" } }'
    )
    layer = net.message.layer[0]
    assert layer.type == "AccuracyTree"
    assert (layer.accuracy_param.top_k, layer.tree_param.tree_depth) == (5, 2)
    assert list(layer.tree_param.label_transform_file) == ["a", "b"]
