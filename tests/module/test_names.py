"""Names out of a net as Python has them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caffe2torch.module import build
from caffe2torch.module.blobs import export_blobs
from caffe2torch.module.names import (
    Either,
    Names,
    assign,
    bare,
    class_name,
    identifier,
    is_attribute,
    module_names,
    reference,
)
from tests.graph.nets import DATA, graph, ip, relu

HOSTILE = [
    "ip=1;print(666);self.y",
    'a\\"b',
    "a'b\\\\",
    "new\\nline",
    "forward",
    "training",
    "class",
    "",
    "1x1",
    "a.b",
    "self",
    "__init__",
    "__mangled",
    "{self}",
    "caf\\303\\251",
]


@given(st.text(), st.sets(st.text(max_size=3)))
def test_any_string_becomes_a_fresh_identifier(name: str, taken: set[str]) -> None:
    unique = identifier(name, taken)
    assert unique.isidentifier()
    assert unique not in taken


@pytest.mark.parametrize("name", HOSTILE)
def test_names_out_of_a_net_never_become_code(tmp_path: Path, name: str) -> None:
    torch = pytest.importorskip("torch")
    text = f'name: "{name}"\n' + DATA + ip(name, "data", name) + relu("r", name, name)
    found = graph(tmp_path, text, phase="TEST")
    net = build.build(found, seed=0)
    x = torch.ones(2, 3)
    blob = found.outputs[0]
    assert net(x).shape == (2, 4)
    assert build.run(net, {"data": x}, [blob])[blob].shape == (2, 4)
    layer = found.nodes[1].name
    assert export_blobs(net)[layer][0].shape == (4, 3)


@pytest.mark.parametrize(
    ("name", "taken", "expected"),
    [
        ("conv1/3x3", (), "conv1_3x3"),
        ("1x1", (), "x1x1"),
        ("class", (), "class_"),
        ("match", (), "match_"),
        ("...", (), "x"),
        ("a", ("a", "a_2"), "a_3"),
    ],
)
def test_identifiers(name: str, taken: tuple[str, ...], expected: str) -> None:
    assert identifier(name, taken) == expected


def test_a_submodule_keeps_its_layers_name_where_torch_allows_it(tmp_path: Path) -> None:
    names = ["conv1/3x3", "a.b", "forward", "conv1/3x3"]
    text = DATA + "".join(relu(name, "data", f"t{i}") for i, name in enumerate(names))
    assert module_names(graph(tmp_path, text)) == [
        "data", "data_data_0_split", "conv1/3x3", "a_b", "forward_", "conv1/3x3_2",
    ]  # fmt: skip


def test_a_name_that_python_would_mangle_is_no_attribute() -> None:
    assert is_attribute("conv1")
    for name in ("__conv1", "conv1/3x3", "class", "caf\u00e9", ""):
        assert not is_attribute(name)


def test_how_a_submodule_is_made_and_read() -> None:
    assert reference("conv1") == "self.conv1"
    assert reference("a/b") == 'getattr(self, "a/b")'
    assert assign("conv1", "nn.ReLU()") == "self.conv1 = nn.ReLU()"
    assert assign("a/b", "nn.ReLU()") == 'self.add_module("a/b", nn.ReLU())'


@pytest.mark.parametrize(
    ("net", "expected"),
    [
        ("resnet", "Resnet"), ("CaffeNet", "NetCaffeNet"), ("Op", "NetOp"), ("", "Net"),
        ("ResNet-50", "ResNet_50"),
    ],
)  # fmt: skip
def test_the_class_of_a_net(tmp_path: Path, net: str, expected: str) -> None:
    text = f'name: "{net}"\n' + DATA + relu("r", "data", "r")
    assert class_name(graph(tmp_path, text)) == expected


def test_nothing_in_a_comment_ends_it() -> None:
    assert bare('a"""b\\n\nc\u00e9') == "a???b?n?c?"


def test_names_that_become_one_get_numbers() -> None:
    names = Names({"a_3"})
    assert [names.take("a") for _ in range(4)] == ["a", "a_2", "a_4", "a_5"]
    assert [names.take("a_2"), names.take("b")] == ["a_2_2", "b"]


def test_either_looks_into_all_sets() -> None:
    either = Either({"a"}, {"b": 1})
    assert "a" in either
    assert "b" in either
    assert "c" not in either
