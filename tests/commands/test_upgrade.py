"""`c2t upgrade` writes what Caffe's upgrade tools wrote, and exits as they did."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from caffe2torch import schema
from caffe2torch.cli import cli

FOLDER = Path(__file__).parents[1] / "golden" / "upgrade"
CASES = [c for c in json.loads((FOLDER / "index.json").read_text())["cases"] if "tool" in c]


def run(*args: object) -> Result:
    return CliRunner().invoke(cli, ["upgrade", *map(str, args)])


def kind(case: dict) -> str:
    return "solver" if case["kind"] == "solver" else "net"


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["name"])
def test_it_does_as_caffes_tool_did(case: dict, tmp_path: Path) -> None:
    suffix = Path(case["input"]).suffix
    new = tmp_path / f"new{suffix}"
    result = run(kind(case), FOLDER / case["input"], new)
    # Caffe aborts (signal 6) where it refuses; here that is unusable input.
    assert result.exit_code == {0: 0, 1: 1, -6: 2}[case["exit"]], result.stderr
    if case["output"] is None:
        assert not new.exists()
        return
    type_name = "SolverParameter" if kind(case) == "solver" else "NetParameter"
    ours, caffes = (schema.read(p, type_name) for p in (new, FOLDER / case["output"]))
    assert ours.message == caffes.message
    assert (ours.document is None) == (caffes.document is None)


def test_comments_stay_where_nothing_changes(tmp_path: Path) -> None:
    text = '# mine\nname: "x"  # too\n'
    (tmp_path / "a.prototxt").write_text(text)
    result = run("net", tmp_path / "a.prototxt", tmp_path / "b.prototxt")
    assert result.output.endswith("b.prototxt: net, in the present format already\n")
    assert (tmp_path / "b.prototxt").read_text() == text


def test_an_existing_file_is_kept_without_force(tmp_path: Path) -> None:
    old, new = FOLDER / "v1_small.in.prototxt", tmp_path / "out"
    new.write_text("mine")
    result = run("net", old, new)
    assert (result.exit_code, new.read_text()) == (2, "mine")
    assert "exists already" in result.stderr
    assert run("net", old, new, "--force").exit_code == 0
    assert "layer {" in new.read_text()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"layer { naem: 'x' }", 'did you mean "name"?'),
        (b"layer {", "broken:1:"),
        (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
    ],
)
def test_broken_input_is_named_with_the_reason(
    tmp_path: Path, content: bytes, message: str
) -> None:
    (tmp_path / "broken").write_bytes(content)
    result = run("net", tmp_path / "broken", tmp_path / "out")
    assert result.exit_code == 2
    assert message in result.stderr
    assert not (tmp_path / "out").exists()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    result = run("net", tmp_path / "missing", tmp_path / "out")
    assert result.exit_code == 2
    assert "missing" in result.stderr
