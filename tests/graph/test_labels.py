"""Labels that a loss would read beyond its classes for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from caffe2torch.errors import DataError
from caffe2torch.graph.labels import Limit, limits
from tests.graph.nets import DATA, graph, ip

TWO_TOPS = DATA.replace('top: "data"', 'top: "data" top: "label"').replace(
    "shape { dim: 2 dim: 3 }", "shape { dim: 2 dim: 3 } shape { dim: 2 }"
)
LOSS = (
    'layer { name: "loss" type: "SoftmaxWithLoss" bottom: "s" bottom: "label" top: "loss" '
    "loss_param { ignore_label: 255 } }\n"
)
ACCURACY = 'layer { name: "acc" type: "Accuracy" bottom: "s" bottom: "label" top: "acc" }\n'


def describe(index: int) -> str:
    return f"item {index}"


def test_every_reader_of_labels_asks_for_its_classes(tmp_path: Path) -> None:
    net = graph(tmp_path, TWO_TOPS + ip("s", "data", "s", n=4) + LOSS + ACCURACY)
    asked = limits(net, net.node("data"))
    assert [(limit.top, limit.classes, limit.ignore) for limit in asked] == [
        (1, 4, 255), (1, 4, None),
    ]  # fmt: skip
    assert asked[0].reader == 'layer "loss" (SoftmaxWithLoss)'


def test_labels_that_nobody_reads_as_classes_have_no_limit(tmp_path: Path) -> None:
    net = graph(tmp_path, TWO_TOPS + ip("s", "data", "s"))
    assert limits(net, net.node("data")) == []


def test_labels_in_range_pass() -> None:
    Limit(1, 4, None, "the loss").check(np.float32([0, 3]), describe)
    Limit(1, 4, 255, "the loss").check(np.float32([[3, 255]]), describe)


@pytest.mark.parametrize("label", [4, -1])
def test_the_first_label_out_of_range_is_named(label: int) -> None:
    with pytest.raises(DataError, match=f"item 2: label {label}, and the loss has 4 classes") as e:
        Limit(1, 4, None, "the loss").check(np.float32([0, 1, label, label]), describe)
    assert "0 to 3" in str(e.value)


def test_an_ignored_label_is_one_value_only() -> None:
    with pytest.raises(DataError, match="label 254"):
        Limit(1, 4, 255, "the loss").check(np.float32([255, 254]), describe)
