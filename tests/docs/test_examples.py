"""The programs of docs/examples run as their users run them, and print what the page shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from caffe2torch.cli import cli
from caffe2torch.data.datasets import digits
from tests.conftest import ROOT
from tests.docs.pages import masked

EXAMPLES = ROOT / "docs" / "examples"
PAGE = (EXAMPLES / "index.md").read_text(encoding="utf-8")
WEIGHTS = "w_iter_150.caffemodel"
SHORT = {
    r"max_iter: \d+": "max_iter: 150",
    r"\nsnapshot: \d+": "",
    r'"digits"': '"w"',
    r"test_interval: \d+": "test_interval: 500",
}
"""Changes of the solver that leave a short training."""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of `c2t quickstart`, with weights of a short training and a picture."""
    folder = tmp_path_factory.mktemp("examples") / "demo"
    digits.write_folder(folder)
    before = Path.cwd()
    os.chdir(folder)
    try:
        solver = Path("solver.prototxt").read_text()
        for old, new in SHORT.items():
            solver = re.sub(old, new, solver)
        Path("short.prototxt").write_text(solver)
        assert CliRunner().invoke(cli, ["train", "short.prototxt", "--no-lint"]).exit_code == 0
    finally:
        os.chdir(before)
    image = np.arange(64, dtype=np.uint8).reshape(8, 8)
    cv2.imwrite(str(folder / "digit.png"), image)
    return folder


def run(demo: Path, program: str, *words: str, launcher: tuple[str, ...] = ()) -> str:
    command = [sys.executable, "-W", "error", *launcher, str(EXAMPLES / program), *words]
    done = subprocess.run(
        command, cwd=demo, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def shown(program: str) -> list[str]:
    """The masked lines that the page shows of a program."""
    (text,) = re.findall(rf"^\$ python {program} .*\n((?:.+\n)+)", PAGE, re.MULTILINE)
    return masked(text)


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("finetune.py", (WEIGHTS,)),
        ("backbone.py", (WEIGHTS,)),
        ("old_lmdb.py", ("digits_train_lmdb",)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_program_prints_what_the_page_shows(
    demo: Path, program: str, words: tuple[str, ...]
) -> None:
    assert masked(run(demo, program, *words)) == shown(program)


def test_fine_tuning_learns(demo: Path) -> None:
    right = re.search(r"([\d.]+)% of 360", run(demo, "finetune.py", WEIGHTS))
    assert right is not None
    assert float(right[1]) > 85


def test_the_way_back_to_caffe(demo: Path) -> None:
    assert "the files of Caffe give the same within" in run(demo, "back_to_caffe.py")
    assert (demo / "back" / "digits_lenet.caffemodel").is_file()


def test_opencv_before_and_after_agree(demo: Path) -> None:
    words = ("deploy.prototxt", WEIGHTS, "digit.png")
    before = run(demo, "opencv_before.py", *words, launcher=("-m", "caffe2torch", "run"))
    assert re.fullmatch(r"class \d with \d\.\d{4}\n", before)
    assert run(demo, "opencv_after.py", *words) == before
    old, new = ((EXAMPLES / f"opencv_{n}.py").read_text() for n in ("before", "after"))
    added = set(new.splitlines()) - set(old.splitlines())
    assert {"import caffe2torch.cv2", "caffe2torch.cv2.install()"} <= added


def test_the_pipeline_of_faces_runs_on_made_up_weights(tmp_path: Path) -> None:
    output = run(tmp_path, "faces.py")
    places = re.match(r"the first net proposes (\d+) places\nthe second keeps \d+\n", output)
    assert places is not None, output
    assert int(places[1]) > 0


@pytest.mark.skipif(
    not os.environ.get("C2T_MTCNN"), reason="C2T_MTCNN names no folder of MTCNN's weights"
)
def test_faces_are_found_with_the_published_weights(tmp_path: Path) -> None:
    output = run(tmp_path, "faces.py", os.environ["C2T_MTCNN"])
    (box,) = re.findall(r"face at \[(\d+), (\d+), (\d+), (\d+)\]", output)
    x1, y1, x2, y2 = map(int, box)
    assert 170 < x1 < 200 and 250 < x2 < 285 and 45 < y1 < 80 and 155 < y2 < 195


def test_every_program_is_on_the_page() -> None:
    for path in EXAMPLES.glob("*.py"):
        assert f"({path.name})" in PAGE
