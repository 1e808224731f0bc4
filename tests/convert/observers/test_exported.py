"""Exported programs observed: the last operation of each submodule."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
import torch
from torch import fx, nn

from caffe2torch.convert.observers import exported, observe
from caffe2torch.errors import DataError
from tests.convert.families import head, ip, relu
from tests.convert.one_net import converted

NET = head("n", 2, 3) + ip("a", "data", 4) + relu("r", "a") + ip("b", "a", 2)


def operations(*stacks: dict[str, tuple[str, type]] | None) -> fx.Graph:
    """A graph of one operation a stack of submodule calls."""
    graph = fx.Graph()
    value = graph.placeholder("x")
    for stack in stacks:
        value = graph.call_function(torch.relu, (value,))
        value.meta["nn_module_stack"] = stack
    return graph


def test_the_last_operation_of_each_call_gives_the_result_of_its_submodule() -> None:
    """A stack holds the calls from the net inwards: key of the call -> path and class."""
    net = {"": ("", nn.Module)}
    first, again = ({**net, key: ("a", nn.Linear)} for key in ("a", "a@1"))
    inner = {**first, "b": ("a.b", nn.Linear)}
    graph = operations(first, inner, first, again, net, None)
    names = [(node.name, path) for node, path in exported._last_calls(graph).items()]
    assert names == [("relu_2", "a"), ("relu_1", "a.b"), ("relu_3", "a")]


def test_what_is_no_program_is_refused(tmp_path: Path) -> None:
    subject = converted(tmp_path, NET, phase="TEST")
    path = tmp_path / "n.pt2"
    path.write_text("no archive")
    with pytest.raises(DataError, match="it is no archive"):
        observe(path, subject)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x", "y")
    with pytest.raises(DataError, match=r"n\.pt2 cannot be "):
        observe(path, subject)
