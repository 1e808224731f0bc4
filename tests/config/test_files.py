"""Files are read once, strictly or leniently, and each failure is noted once."""

from __future__ import annotations

from pathlib import Path

import pytest

from caffe2torch.config.files import Files, Unavailable
from caffe2torch.data.paths import Place
from caffe2torch.errors import ParseError, SchemaError

NET = 'layer { name: "a" type: "Input" top: "a" kernal: 1 }\nlayer { name: "b" typ: "ReLU" }\n'


def test_lenient_reading_goes_on_behind_unknown_fields() -> None:
    files = Files({"n": NET})
    net = files.net("n")
    assert [layer.name for layer in net.message.layer] == ["a", "b"]
    assert [str(e.span) for e in files.failures] == ["n:1:42", "n:2:19"]
    assert net.document is not None
    assert net.document.text == NET, "positions are those of the file"
    assert files.document("n") is net.document
    assert files.net("n") is net


def test_strict_reading_raises_what_lenient_reading_collects() -> None:
    with pytest.raises(SchemaError) as raised:
        Files({"n": NET}, strict=True).net("n")
    assert str(raised.value).startswith("n:1:42: ")


def test_a_file_that_is_not_there_is_noted_once() -> None:
    files = Files()
    for _ in range(2):
        with pytest.raises(Unavailable):
            files.net("absent.prototxt")
    assert [e.message for e in files.failures] == [
        "absent.prototxt cannot be read: No such file or directory"
    ]
    with pytest.raises(ParseError, match="absent.prototxt cannot be read"):
        Files(strict=True).net("absent.prototxt")


def test_a_binary_file_is_no_prototxt(tmp_path: Path) -> None:
    path = tmp_path / "x.caffemodel"
    path.write_bytes(b"\x0a\x01n\x00\x01")
    with pytest.raises(ParseError, match="is not a text file → a prototxt is wanted"):
        Files(strict=True).net(str(path))


@pytest.mark.parametrize(
    ("text", "is_solver"),
    [
        ('net: "n"', True),
        ("  base_lr : 1", True),
        ("net_param { }", True),
        ('# net: "n"\nlayer { }', False),
        ('name: "planet: 1"', False),
        ("", False),
    ],
)
def test_a_solver_is_known_by_its_fields(text: str, is_solver: bool) -> None:
    assert Files({"f": text}).is_solver("f") == is_solver


def test_what_a_fix_would_write_is_there_too(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b" / "c"  # nobody else's files lie in the folders above
    files = Files({str(folder / "new"): "layer { }"})
    assert files.locate("new", str(folder)) == Place(str(folder / "new"))
    assert files.locate("old", str(folder)) is None


def test_an_inline_net_knows_its_places() -> None:
    text = 'test_net_param { }\ntest_net_param {\n  layer { name: "x" type: "Input" top: "x" }\n}'
    files = Files({"s": text})
    net = files.inline_net(files.solver("s"), "test_net_param", 1)
    assert str(net.span(0, "type")) == "s:3:21"


def test_a_solver_that_names_itself_as_its_net_is_read_as_one() -> None:
    files = Files({"s": 'net: "s" base_lr: 1'})
    files.solver("s")
    assert not files.net("s").message.layer
    assert "is not a field of NetParameter" in str(files.failures[0])
    assert files.document("s") is not None
