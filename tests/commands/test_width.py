"""What is printed fits the terminal: a table over all commands, at 80 and at 120 columns."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from caffe2torch import terminal
from caffe2torch.cli import cli
from caffe2torch.commands._folder import card
from caffe2torch.data.datasets import digits
from tests.commands.test_manners import IDS

NET, SOLVER, DB = "deploy.prototxt", "solver.prototxt", "digits_test_lmdb"
BAD = (
    'layer { name: "d" type: "Input" top: "d" input_param { shape { dim: 2 dim: 3 } } }\n'
    'layer { name: "a_layer_of_a_type_that_is_not_known"\n'
    '  type: "Convolutio" bottom: "d" top: "y" }'
)
SAYS: dict[str, tuple[str, ...]] = {
    "check": (DB,),
    "cifar10": ("import", "cifar10", "absent", "x"),
    "coco": ("import", "coco", "absent", "x", "y"),
    "completion": ("bash",),
    "convert": ("bad.prototxt",),
    "copy": (DB, "copied"),
    "devices": (),
    "diff-weights": ("w.caffemodel", "w.caffemodel"),
    "digits": ("import", "digits", "new_digits"),
    "draw": ("bad.prototxt", "-o", "net.svg"),
    "explain": ("C2T101",),
    "export-db": ("absent", "x"),
    "extract": (NET, "--weights", "w.caffemodel", "--blob", "absent", DB, "-o", "e.npz"),
    "folder": ("import", "folder", "absent", "x"),
    "hdf5": ("import", "hdf5", "absent", "x"),
    "idx": ("import", "idx", "absent", "absent", "x"),
    "images": ("import", "images", ".", "absent", "x"),
    "inspect": ("train_val.prototxt",),
    "layers": ("Convolution",),
    "lint": (SOLVER, "bad.prototxt"),
    "lr-find": ("absent",),
    "mean": (DB,),
    "npz": ("import", "npz", "absent", "x"),
    "parse-log": ("caffe.log",),
    "predict": (NET, "a.png"),
    "probe": ("absent",),
    "quickstart": ("new", "--from", "absent"),
    "report": ("caffe.log", "-o", "report.html"),
    "rescale": (SOLVER, "--scale", "1", "--diff"),
    "rescale-mean": ("mean.binaryproto", "--to-values"),
    "rules": (),
    "run": ("absent",),
    "signal": (SOLVER, "--measure"),
    "stats": (DB,),
    "test": ("train_val.prototxt", "--iterations", "1", "--weights", "w.caffemodel"),
    "time": (NET, "--iterations", "1"),
    "torchvision": ("import", "torchvision", "Absent", "x", "y"),
    "train": (SOLVER, "--max-iter", "1"),
    "upgrade": ("a", "b"),
    "verify": (NET, "--against", "absent.onx"),
    "voc": ("import", "voc", "absent", "x", "y"),
    "watch": ("absent",),
}
# Commands that compute for seconds, and are asked at one width alone.
SLOW = {"extract", "signal", "test", "time", "train"}
# Lines that cannot be broken: source, and a file's own lines that are quoted.
VERBATIM = {"completion": "_C2T_COMPLETE", "rescale": "weight_filler"}


def in_a_terminal(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr(terminal, "is_terminal", lambda err=False: True)


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, words)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("width") / "demo"
    digits.write_folder(folder)
    (folder / "bad.prototxt").write_text(BAD)
    (folder / "caffe.log").write_text(
        "I0101 00:00:00.000000 1 solver.cpp:218] Iteration 0 (0 iter/s, 0s/10 iters), loss = 2.5\n"
        "I0101 00:00:01.000000 1 solver.cpp:218] Iteration 9 (9 iter/s, 1s/10 iters), loss = 1.5\n"
    )
    words = ("convert", str(folder / NET), "--to", "caffemodel", "-o", str(folder / "converted"))
    assert run(*words).exit_code == 0
    next((folder / "converted").glob("*.caffemodel")).rename(folder / "w.caffemodel")
    return folder


def words_of(name: str) -> tuple[str, ...]:
    """What a command is asked; one that the table does not have, its own example."""
    words = SAYS.get(name)
    if words is None:
        return tuple(card(cli.files()[name]).example.split()[1:])
    return words if words[:1] == ("import",) else (name, *words)


def test_the_table_names_commands_that_there_are() -> None:
    assert set(SAYS) <= set(IDS)


@pytest.mark.parametrize("columns", [80, 120])
def test_no_line_is_wider_than_the_terminal(
    demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    folder = tmp_path / "demo"
    shutil.copytree(demo, folder)
    monkeypatch.chdir(folder)
    in_a_terminal(monkeypatch, columns)
    wide, silent = [], []
    for name in IDS:
        if columns > 80 and name in SLOW:
            continue
        result = run(*words_of(name))
        assert "fault of caffe2torch" not in result.stderr, result.stderr
        lines = (result.stdout + result.stderr).splitlines()
        silent += [] if lines else [name]
        wide += [f"{name}: {line}" for line in lines
                 if len(line) > columns and VERBATIM.get(name, "\0") not in line]  # fmt: skip
    assert wide == []
    assert silent == []


def test_lines_are_broken_between_words_below_the_last_column() -> None:
    row = "MACs         22.43 M a batch, 350.5 k an item"
    assert terminal.wrapped(row, 30).split("\n") == [
        "MACs         22.43 M a batch,",
        "             350.5 k an item",
    ]
    assert terminal.wrapped("error: one two three", 12) == "error: one\n  two three"
    assert terminal.wrapped("    why: one two", 12) == "    why: one\n      two"
    assert terminal.wrapped(row, 0) == terminal.wrapped(row, 45) == row


def test_a_path_stays_whole() -> None:
    path = "/a/very/long-path/to/some-file.caffemodel"
    assert terminal.wrapped(f"wrote {path}", 20) == f"wrote\n  {path}"


def test_paragraphs_are_joined_and_lists_are_not() -> None:
    full = "a" * 61
    assert terminal.paragraphs(f"{full}\nb\n\nc") == f"{full} b\n\nc"
    assert terminal.paragraphs(f"{full}\n- b") == f"{full}\n- b"
    assert terminal.paragraphs(f"Shape:  {full}\n        b") == f"Shape:  {full} b"
    assert terminal.paragraphs(f"    {full}\n    b") == f"    {full}\n    b"


def test_into_a_pipe_lines_stay_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert terminal.width() == terminal.width(err=True) == 0
    assert max(map(len, run("rules").stdout.splitlines())) > 120
    in_a_terminal(monkeypatch, 80)
    result = run("rules", "--json")
    assert result.exit_code == 0
    assert any(len(line) > 80 for line in result.stdout.splitlines()), "JSON is never broken"
