"""`c2t layers --new` writes a package that works once its forward is written."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from caffe2torch import layers
from caffe2torch.cli import cli
from caffe2torch.convert import plugin
from caffe2torch.errors import DataError, ParseError

NET = """layer { name: "x" type: "Input" top: "x" input_param { shape { dim: [1, 3, 8, 8] } } }
layer { name: "c" type: "Convolution" bottom: "x" top: "c"
        convolution_param { num_output: 4 kernel_size: 3 } }
layer { name: "w" type: "TripleWobble" bottom: "c" top: "w" param { lr_mult: 2 }
        power_param { scale: 3 } wobble_param { a: 1 } }
"""


@pytest.fixture
def net(tmp_path: Path) -> Path:
    path = tmp_path / "net.prototxt"
    path.write_text(NET)
    return path


@pytest.fixture
def installed(net: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The package for TripleWobble, its entry point known as after pip install."""
    folder = tmp_path / "package"
    plugin.write("TripleWobble", net, folder)
    monkeypatch.syspath_prepend(str(folder))
    assert 'TripleWobble = "triple_wobble:TripleWobble"' in (folder / "pyproject.toml").read_text()
    point = EntryPoint("TripleWobble", "triple_wobble:TripleWobble", "caffe2torch.layers")
    monkeypatch.setattr("importlib.metadata.entry_points", lambda **_: EntryPoints([point]))
    layers.forget()
    yield folder
    layers.forget()
    for name in ("triple_wobble", "test_triple_wobble"):
        sys.modules.pop(name, None)


def run(*args: object) -> Result:
    return CliRunner().invoke(cli, ["layers", *map(str, args)])


def test_the_net_gives_shapes_and_parameters(installed: Path) -> None:
    layer = layers.find("TripleWobble")
    (example,) = layer.examples
    assert (layer.param_field, example.text) == ("power_param", "power_param { scale: 3.0 }")
    assert list(example.bottoms) == [(1, 4, 6, 6)]
    text = (installed / "triple_wobble.py").read_text()
    assert "power_param power [1.0], scale [1.0], shift [0.0]" in text


def test_its_test_fails_until_both_are_written(installed: Path) -> None:
    """The generated tests are run as they are, then with the formula filled in twice."""
    source, test = installed / "triple_wobble.py", installed / "test_triple_wobble.py"
    arguments = ["-q", "-p", "no:cacheprovider", "-p", "no:randomly", str(test)]
    assert pytest.main(arguments) == pytest.ExitCode.TESTS_FAILED
    for name in ("triple_wobble", "test_triple_wobble"):
        sys.modules.pop(name, None)
    layers.forget()
    written = 'raise NotImplementedError("the forward of TripleWobble is not written")'
    source.write_text(source.read_text().replace(written, "return bottoms[0] * scale"))
    written = 'raise NotImplementedError("write what TripleWobble computes as a loop")'
    test.write_text(test.read_text().replace(written, "return bottoms[0] * 3"))
    assert pytest.main(arguments) == pytest.ExitCode.OK


def test_fields_that_no_schema_has_are_named(tmp_path: Path) -> None:
    net = tmp_path / "net.prototxt"
    net.write_text(NET.replace("power_param { scale: 3 } ", ""))
    assert run("--new", "TripleWobble", "--net", net, "-o", tmp_path / "p").exit_code == 0
    text = (tmp_path / "p" / "triple_wobble.py").read_text()
    assert "wobble_param: not in the schema; --proto FORK/caffe.proto reads it" in text


def test_without_a_net_it_compiles(tmp_path: Path) -> None:
    result = run("--new", "im2dist 3D", "-o", tmp_path / "p")
    assert result.exit_code == 0, result.output
    for path in (tmp_path / "p").glob("*.py"):
        compile(path.read_text(), str(path), "exec")


def test_what_cannot_be_written_is_refused(net: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match='has no layer of type "Zap"') as caught:
        plugin.write("Zap", net, tmp_path / "p")
    assert "TripleWobble" in (caught.value.hint or "")
    with pytest.raises(DataError, match='"ReLU" is known already'):
        plugin.write("ReLU", None, tmp_path / "p")
    with pytest.raises(DataError, match="no layer type"):
        plugin.write("", None, tmp_path / "p")
    with pytest.raises(ParseError, match="cannot be read"):
        plugin.write("Zap", tmp_path / "missing.prototxt", None)
    plugin.write("Zap", None, tmp_path / "p")
    with pytest.raises(DataError, match="exists already"):
        plugin.write("Zap", None, tmp_path / "p")
    assert run("--net", net).exit_code == 2
