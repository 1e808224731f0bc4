"""Names that the net itself does not give: free attributes, names of classes."""

from __future__ import annotations

import pytest

from caffe2torch.convert.grouped.class_names import camel, free_name, stage_attribute
from caffe2torch.convert.grouped.steps import Step


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ResNet-50", "ResNet50"),
        ("mnist_siamese", "MnistSiamese"),
        ("50 layers", "Net50Layers"),
        ("...", "Net"),
        ("class", "Class"),
    ],
)
def test_a_class_name_made_from_a_nets(name: str, expected: str) -> None:
    assert camel(name) == expected


@pytest.mark.parametrize(
    ("name", "taken", "expected"),
    [
        ("conv1", set(), "conv1"),
        ("conv1", {"conv1"}, "conv1_2"),
        ("forward", set(), "forward_2"),
        ("__private", set(), "private"),
        ("conv1/3x3", set(), "conv1_3x3"),
        ("", set(), "x"),
    ],
)
def test_an_attribute_is_no_others(name: str, taken: set[str], expected: str) -> None:
    """`forward` is nn.Module's, and Python mangles two underscores in front."""
    assert free_name(name, taken) == expected


def steps(*names: str) -> list[Step]:
    return [Step(name, "ReLU", "nn.ReLU()", "{self}({0})", (0,), (1,), ()) for name in names]


def test_a_stage_is_called_by_the_folder_of_its_layers() -> None:
    assert stage_attribute("3", steps("inception/a", "inception/b"), set()) == "inception"
    assert stage_attribute("3", steps("conv3_1", "conv3_2"), set()) == "stage3"
    assert stage_attribute("3", steps("a/x", "b/x"), set()) == "stage3"
    assert stage_attribute("3", steps("conv3_1"), {"stage3"}) == "stage3_2"
