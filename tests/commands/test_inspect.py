"""`c2t inspect`: arguments, exit codes, JSON and pictures."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from caffe2torch.cli import cli
from caffe2torch.weights import write_blob, write_mean
from tests.conftest import GOLDEN, ROOT

LENET = ROOT / "solvers" / "mnist_lenet"


def run(*args: object) -> Result:
    return CliRunner().invoke(cli, ["inspect", *map(str, args)])


def test_it_prints_plain_text_into_a_pipe() -> None:
    result = run(LENET / "train_val.prototxt")
    assert result.exit_code == 0
    assert "\x1b" not in result.stdout
    rows = [line.split() for line in result.stdout.splitlines()]
    assert ["conv2", "Convolution", "64×50×8×8", "25,050", "102.4", "M", "800.0", "KiB"] in rows
    assert ["parameters", "431,080"] in rows


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        (LENET / "deploy.prototxt", "net"),
        (LENET / "solver.prototxt", "solver"),
        (GOLDEN / "solvers" / "adam" / "init.caffemodel", "weights"),
        (GOLDEN / "solvers" / "snap_adam" / "snap_iter_20.solverstate", "solverstate"),
        (GOLDEN / "solvers" / "db" / "color_mean.binaryproto", "blob"),
        (GOLDEN / "solvers" / "db" / "color_train_lmdb", "database"),
        (GOLDEN / "transform" / "h5" / "f0.h5", "hdf5"),
        (GOLDEN / "transform" / "images" / "list_all.txt", "list"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_json_names_the_kind_and_the_documented_keys(path: Path, kind: str) -> None:
    found = json.loads(run(path, "--json").stdout)
    assert (found["kind"], found["file"]) == (kind, str(path))
    page = (ROOT / "docs" / "inspect.md").read_text(encoding="utf-8")
    _, _, section = page.partition(f"`{kind}`")
    section = section.partition("\n- `")[0].partition("\n## ")[0]
    for key in found:
        assert key in ("kind", "file") or f"`{key}`" in section, f"{kind}: {key} is undocumented"


def test_a_picture_is_written_and_named(tmp_path: Path) -> None:
    png = tmp_path / "mean.png"
    result = run(GOLDEN / "solvers" / "db" / "color_mean.binaryproto", "-o", png)
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1].startswith(f"{png}: the blob as a picture")
    with Image.open(png) as image:
        assert (image.format, image.mode) == ("PNG", "RGB")


def test_json_stays_json_beside_a_picture(tmp_path: Path) -> None:
    result = run(LENET / "solver.prototxt", "--json", "--png", tmp_path / "rate.png")
    assert json.loads(result.stdout)["kind"] == "solver"
    assert "rate.png" in result.stderr


def test_what_has_no_picture_is_refused_and_nothing_written(tmp_path: Path) -> None:
    result = run(LENET / "deploy.prototxt", "-o", tmp_path / "x.png")
    assert result.exit_code == 2
    assert "there is no picture of a net" in result.stderr
    assert not (tmp_path / "x.png").exists()


def test_a_picture_never_replaces_another_kind_of_file(tmp_path: Path) -> None:
    write_mean(tmp_path / "mean", np.ones((1, 2, 2), np.float32))
    before = (tmp_path / "mean").read_bytes()
    for name in ("mean", "mean.binaryproto"):
        result = run(tmp_path / "mean", "-o", tmp_path / name)
        assert result.exit_code == 2, name
    assert (tmp_path / "mean").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["mean"]


def test_nan_exits_with_1_and_json_stays_valid(tmp_path: Path) -> None:
    write_blob(tmp_path / "b", np.array([[np.nan, 1.0]], np.float32))
    result = run(tmp_path / "b", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["nan"] == 1


@pytest.mark.parametrize("content", [b"", b"garbage\n", b"\x00\x01\x02", b"layer {"])
def test_unreadable_input_exits_with_2_and_one_message(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x").write_bytes(content)
    result = run(tmp_path / "x")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert str(tmp_path / "x") in result.stderr
    assert "fault of caffe2torch" not in result.stderr


def test_hostile_names_are_escaped(tmp_path: Path) -> None:
    name = r"\033[31m[bold]\n"
    (tmp_path / "n").write_text(
        f'name: "{name}" layer {{ name: "{name}" type: "Input" top: "{name}" '
        "input_param { shape { dim: 1 } } }"
    )
    result = run(tmp_path / "n")
    assert result.exit_code == 0
    assert "\x1b" not in result.stdout
    assert "\\x1b[31m[bold]\\n" in result.stdout
    layers = json.loads(run(tmp_path / "n", "--json").stdout)["phases"][0]["layers"]
    assert layers[0]["name"] == "\x1b[31m[bold]\n"


def test_help_lists_the_kinds_a_line_each() -> None:
    text = run("--help").stdout
    assert "\n  solverstate  iteration and history\n" in text
    assert "\\b" not in text
