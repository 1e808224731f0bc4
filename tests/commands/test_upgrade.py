"""`c2t upgrade` writes what Caffe's upgrade tools wrote, and exits as they did."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from caffe2torch.cli import cli
from caffe2torch.format import schema

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


def test_a_field_that_is_not_known_is_kept(tmp_path: Path) -> None:
    (tmp_path / "net").write_text("layer { naem: 'x' }")
    result = run("net", tmp_path / "net", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert (tmp_path / "out").read_text() == "layer { naem: 'x' }"


@pytest.mark.parametrize(
    ("content", "message"),
    [
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


V1 = 'layers { name: "r" type: RELU bottom: "a" top: "b" }  # mine\n'


def test_comments_stay_in_v1_nets_too(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(V1)
    assert run("net", tmp_path / "a", tmp_path / "b").exit_code == 0
    assert (tmp_path / "b").read_text().endswith("}  # mine\n")


def test_folders_are_upgraded_in_place_and_counted(tmp_path: Path) -> None:
    for name in ("old", "bin", "new", "solver", "broken", "other"):
        (tmp_path / name).touch()
    (tmp_path / "old").write_text(V1)
    schema.write_binary(schema.read(tmp_path / "old", "NetParameter").message, tmp_path / "bin")
    (tmp_path / "new").write_text('layer { type: "ReLU" }')
    (tmp_path / "solver").write_text("solver_type: ADAM\nbase_lr: 1\n")
    (tmp_path / "broken").write_text("layer { nam: 'x' }")
    result = run(tmp_path, "--in-place", "--backup")
    assert result.exit_code == 1
    *said, summary = result.stdout.splitlines()
    assert summary == "3 upgraded, 1 already current, 1 failed"
    assert said == [
        f"{tmp_path / name}: upgraded, {kind}, before in {name}.bak"
        for name, kind in (("bin", "net"), ("old", "net"), ("solver", "solver"))
    ]
    assert result.stderr.startswith(f"failed: {tmp_path / 'broken'}:1:9: ")
    assert (tmp_path / "solver").read_text() == 'type: "Adam"\nbase_lr: 1\n'
    again = schema.read(tmp_path / "bin", "NetParameter")
    assert again.document is None and again.message.layer[0].type == "ReLU"


def test_all_current_exits_with_0_and_verbose_names_the_rest(tmp_path: Path) -> None:
    (tmp_path / "new").write_text('layer { type: "ReLU" }')
    (tmp_path / "prose").write_text("hello\n")
    quiet, verbose = run(tmp_path, "--in-place"), run(tmp_path, "--in-place", "--verbose")
    assert (quiet.exit_code, verbose.exit_code) == (0, 0)
    assert quiet.stdout == "0 upgraded, 1 already current, 0 failed\n"
    assert f"{tmp_path / 'new'}: current\n" in verbose.stdout
    assert f"{tmp_path / 'prose'}: skipped, no net or solver\n" in verbose.stdout
    assert "skipped" in run(tmp_path / "prose", "--in-place").stdout


def test_dropped_fields_exit_with_1(tmp_path: Path) -> None:
    (tmp_path / "n").write_text('layers { layer { name: "r" type: "relu" stride: 2 } }')
    result = run(tmp_path, "--in-place")
    assert result.exit_code == 1
    assert "dropped: Unknown parameter stride" in result.stderr


@pytest.mark.parametrize(
    "words", [["folder"], ["net", "a"], ["nets", "a", "b"], ["net", "a", "b", "--backup"]]
)
def test_wrong_usage_says_how(words: list[str], tmp_path: Path) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert "--in-place" in result.stderr


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    result = run(tmp_path / "nope", "--in-place")
    assert result.exit_code == 2
    assert "nope does not exist" in result.stderr
