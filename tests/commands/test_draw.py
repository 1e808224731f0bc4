"""`c2t draw` writes a drawing, or says in one line why not."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from caffe2torch.cli import cli
from tests.conftest import ROOT

LENET = ROOT / "solvers/mnist_lenet/train_val.prototxt"
BROKEN = """layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 1 dim: 3 } } }
layer { name: "odd" type: "NoSuchThing" bottom: "x" top: "o" }
"""


def run(*args: object) -> Result:
    return CliRunner().invoke(cli, ["draw", *map(str, args)])


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("net.svg", b"<?xml"),
        ("net.PNG", b"\x89PNG"),
        ("net.html", b"<!DOCTYPE html>"),
        ("net.dot", b'digraph "'),
    ],
)
def test_the_suffix_says_what_is_written(tmp_path: Path, name: str, start: bytes) -> None:
    result = run(LENET, "-o", tmp_path / name)
    assert (result.exit_code, result.stdout) == (0, f"{tmp_path / name}: written\n")
    assert (tmp_path / name).read_bytes().startswith(start)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_dash_prints_an_svg_or_what_is_asked_for() -> None:
    assert run(LENET, "-o", "-").stdout.startswith("<?xml")
    shown = run(LENET, "-o", "-", "--to", "dot", "--rankdir", "lr")
    assert shown.exit_code == 0
    assert shown.stdout.startswith("digraph") and "rankdir=LR" in shown.stdout


@pytest.mark.parametrize("rankdir", ["TB", "LR", "BT"])
def test_directions_differ(rankdir: str) -> None:
    shown = run(LENET, "-o", "-", "--rankdir", rankdir, "--phase", "TEST")
    width, height = (
        float(shown.stdout.partition(f'{word}="')[2].partition('"')[0])
        for word in ("width", "height")
    )
    assert (width > 2 * height) if rankdir == "LR" else (height > width)


def test_a_solver_is_its_train_net() -> None:
    shown = run(LENET.with_name("solver.prototxt"), "-o", "-", "--to", "dot")
    assert "SoftmaxWithLoss" in shown.stdout and "Accuracy" not in shown.stdout


def test_a_net_that_does_not_build_is_drawn_with_a_note(tmp_path: Path) -> None:
    path = tmp_path / "odd.prototxt"
    path.write_text(BROKEN)
    result = run(path, "-o", tmp_path / "odd.svg")
    assert result.exit_code == 0
    assert f"note: {path}:2:" in result.stderr and "NoSuchThing" in result.stderr
    assert "does not build" in (tmp_path / "odd.svg").read_text(encoding="utf-8")


def test_an_unknown_suffix_is_a_usage_error_with_the_list(tmp_path: Path) -> None:
    for name in ("net.pdf", "net"):
        result = run(LENET, "-o", tmp_path / name)
        assert result.exit_code == 2
        assert ".dot, .html, .png, .svg" in result.stderr
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_read_or_written_is_one_message(tmp_path: Path) -> None:
    missing = run(tmp_path / "none.prototxt", "-o", tmp_path / "a.svg")
    assert missing.exit_code == 2 and "cannot be read" in missing.stderr
    bad = tmp_path / "bad.prototxt"
    bad.write_text("layer { name: ")
    broken = run(bad, "-o", tmp_path / "a.svg")
    assert broken.exit_code == 2 and f"{bad}:1:" in broken.stderr
    bad.write_text("# no layer yet")
    empty = run(bad, "-o", tmp_path / "a.svg")
    assert empty.exit_code == 2 and "has no layers" in empty.stderr
    target = tmp_path / "no" / "such" / "a.svg"
    unwritable = run(LENET, "-o", target)
    assert unwritable.exit_code == 2
    assert [ln for ln in unwritable.stderr.splitlines() if not ln.startswith("note:")] == [
        f"error: {target}: No such file or directory"
    ]
    folder = tmp_path / "folder.svg"
    folder.mkdir()
    assert run(LENET, "-o", folder).exit_code == 2
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bad.prototxt", "folder.svg"]


def test_torch_is_not_imported(tmp_path: Path) -> None:
    import subprocess

    program = (
        "import sys; from click.testing import CliRunner; from caffe2torch.cli import cli\n"
        f"args = ['draw', {str(LENET)!r}, '-o', {str(tmp_path / 'a.png')!r}]\n"
        "r = CliRunner().invoke(cli, args)\n"
        "assert r.exit_code == 0, r.output\n"
        "assert not {'torch', 'torchvision'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
