"""Helpers of emitted source: found by what its expressions name, each behind those it needs."""

from __future__ import annotations

import ast
import sys

import pytest

from caffe2torch import layers
from caffe2torch.layers import lrn, multi_box_loss
from caffe2torch.layers.code import Code
from caffe2torch.module.helpers import (
    code_helpers,
    file_of,
    free_names,
    helper_source,
    helpers_of,
    import_lines,
)


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("", []),
        ("f(g(x))", ["f", "g", "x"]),
        ("lambda x: x + y", ["y"]),
        ("[a for a in b if c]", ["b", "c"]),
        ("def f(x):\n    y = x\n    return y + z\n", ["z"]),
        ("x.attribute", ["x"]),
        ("'in a string'", []),
    ],
)
def test_names_that_a_text_reads_from_around_it(source: str, names: list[str]) -> None:
    assert list(free_names(source)) == names


def test_what_a_helper_needs_stands_before_it() -> None:
    """lrn_across applies CaffeLRN, which sums and takes powers by functions of their own."""
    ordered = helpers_of(["lrn_across(x, 5)"], lrn)
    assert [helper.__name__ for helper in ordered] == [
        "channel_sum",
        "inverse_power",
        "CaffeLRN",
        "lrn_across",
    ]


def test_no_helper_stands_before_one_that_it_needs() -> None:
    ordered = helpers_of(["multibox_loss"], multi_box_loss)
    names = [helper.__name__ for helper in ordered]
    assert names[-1] == "multibox_loss"
    assert len(names) == len(set(names)) > 5
    for i, helper in enumerate(ordered):
        needed = {*free_names(helper_source(helper))}
        assert not needed & set(names[i + 1 :]), helper


def test_torch_and_builtins_are_given() -> None:
    assert helpers_of(["torch.stack([F.relu(x) for x in range(3)])", "nn.ReLU()"], lrn) == []


def test_a_name_that_the_file_does_not_know_is_refused() -> None:
    with pytest.raises(NameError, match=r"caffe2torch\.layers\.lrn names nowhere in its source"):
        helpers_of(["nowhere(x)"], lrn)


def test_doubled_braces_of_a_template_are_one() -> None:
    assert helpers_of(["dict({{**{}}})"], lrn) == []


def test_the_file_of_a_layer_is_where_its_code_is_written() -> None:
    assert file_of(layers.find("LRN")) is sys.modules["caffe2torch.layers.lrn"]


def test_import_lines_are_those_of_the_names_used() -> None:
    assert import_lines("x = torch.zeros(3)") == "import torch\n"
    assert import_lines("y: Any = nn.ReLU()") == "from typing import Any\n\nfrom torch import nn\n"
    assert "functional" not in import_lines("F = 3")


def test_a_layers_code_names_its_helpers() -> None:
    code = Code(init="", call="{self}(lrn_within({0}, 3))")
    helpers = code_helpers(code, lrn)
    assert helpers[-1] is lrn.lrn_within
    for helper in helpers:  # the text of each is a whole function or class by itself
        (node,) = ast.parse(helper_source(helper)).body
        assert isinstance(node, ast.FunctionDef | ast.ClassDef)
        assert node.name == helper.__name__
