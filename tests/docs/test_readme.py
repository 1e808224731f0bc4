"""What the README tells a user to type is typed here, in its order, and works."""

from __future__ import annotations

import gzip
import re
import struct
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from caffe2torch.cli import cli
from caffe2torch.data.datasets import digits

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CHINESE = (ROOT / "README.zh-CN.md").read_text(encoding="utf-8")
# What the doors name is the reader's own, so that their lines run apart from the others.
_BEFORE, _DOORS, _AFTER = re.split(r"(?m)(?=^## What do you have)|(?=^## Start)", README)


def blocks(language: str, text: str = README) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def lines(text: str) -> list[str]:
    """The command lines of a part of the README."""
    return [line for block in blocks("sh", text) for line in block.splitlines()]


LINES = lines(_AFTER)


def typed(folder: Path, script: list[str]) -> str:
    """Run lines as a shell does that knows c2t; what they printed on standard output."""
    c2t = folder / "bin" / "c2t"
    c2t.parent.mkdir()
    c2t.write_text(f'#!/bin/sh\nexec {sys.executable} -m caffe2torch "$@"\n')
    c2t.chmod(0o755)
    first = ["set -ex", f"PATH={c2t.parent}:$PATH", f"export PYTHONPATH={ROOT}"]
    run = subprocess.run(
        ["bash", "-c", "\n".join(first + script)], cwd=folder, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A folder in which every line but make's ran, and what was printed."""
    folder = tmp_path_factory.mktemp("readme")
    write_idx(folder / "demo")
    # `make demo` leaves the folder that the next lines go into.
    script = ["c2t quickstart demo"]
    script += [line for line in LINES if not line.startswith("make ")]
    return folder / "demo", typed(folder, script)


def write_idx(folder: Path) -> None:
    """Files named as MNIST's, of 70 blank images."""
    folder.mkdir()
    images = struct.pack(">4I", 0x803, 70, 28, 28) + bytes(70 * 28 * 28)
    labels = struct.pack(">2I", 0x801, 70) + bytes(i % 10 for i in range(70))
    for part in ("train", "t10k"):
        (folder / f"{part}-images-idx3-ubyte.gz").write_bytes(gzip.compress(images))
        (folder / f"{part}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(labels))


def test_the_make_targets_exist() -> None:
    wanted = {word for line in LINES if line.startswith("make ") for word in line.split()[1:]}
    assert wanted == {"demo", "test"}
    for target in wanted:
        run = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True)
        assert run.returncode == 0, run.stderr


def test_every_command_is_one_that_c2t_has() -> None:
    named = set(re.findall(r"c2t ([a-z][a-z-]*)", README))
    assert named <= set(cli.files())


def test_the_digits_reach_97_percent(done: tuple[Path, str]) -> None:
    _, output = done
    accuracies = [float(a) for a in re.findall(r"accuracy\D{0,5}([01]\.\d+)", output)]
    assert accuracies, output
    assert accuracies[-1] >= 0.97


def test_the_lines_left_what_the_text_says(done: tuple[Path, str]) -> None:
    folder, _ = done
    for name in ("net.py", "new.prototxt", "mnist_train_lmdb", "mnist_test_lmdb"):
        assert (folder / name).exists(), name
    assert list(folder.rglob("*.png"))
    assert list(folder.rglob("*.caffemodel"))


def test_the_converted_net_needs_torch_alone(done: tuple[Path, str]) -> None:
    folder, _ = done
    source = (folder / "net.py").read_text()
    compile(source, "net.py", "exec")
    assert "caffe2torch" not in re.findall(r"^(?:import|from) (\w+)", source, re.MULTILINE)


DETECT = """
import sys
import cv2
net = cv2.dnn.readNetFromCaffe("deploy.prototxt", "net.caffemodel")
net.setInput(cv2.dnn.blobFromImage(cv2.imread(sys.argv[1], 0), 1 / 256, (8, 8)))
print("OpenCV", net.forward().shape)
"""
CLASSIFY = """
import sys
import caffe
proto, weights, image = sys.argv[1:]
net = caffe.Classifier(proto, weights, image_dims=(8, 8))
print("pycaffe", net.predict([caffe.io.load_image(image, color=False)]).shape)
"""


def test_the_doors_open(tmp_path: Path) -> None:
    (tmp_path / "detect.py").write_text(DETECT)
    (tmp_path / "classify.py").write_text(CLASSIFY)
    cv2.imwrite(str(tmp_path / "photo.png"), np.arange(64, dtype=np.uint8).reshape(8, 8))
    prepare = [
        "c2t quickstart . --force",
        # a tenth of the iterations
        r"sed -i 's/^\(max_iter: .*\|stepvalue: .*\)0$/\1/' solver.prototxt",
        r"sed -i 's/^\(snapshot: 50\|test_interval: 10\)0$/\1/' solver.prototxt",
        "c2t train solver.prototxt",
        "cp digits_iter_100.caffemodel net.caffemodel",
    ]
    output = typed(tmp_path, prepare + lines(_DOORS))
    assert "OpenCV (1, 10)" in output
    assert "pycaffe (1, 10)" in output
    for name in ("net.py", "net.onnx", "digits_iter_100.caffemodel"):
        assert (tmp_path / name).exists(), name


def test_the_story_is_what_the_linter_says() -> None:
    command = [sys.executable, "-m", "caffe2torch", "lint", "solvers/es_vgg/solver.prototxt"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 1, run.stderr
    (story,) = blocks("text")
    assert run.stdout.startswith(story)


def test_the_shown_files_are_the_real_ones(done: tuple[Path, str]) -> None:
    folder, _ = done
    (prototxt,), (source,) = blocks("prototxt"), blocks("python")
    assert prototxt in (folder / "deploy.prototxt").read_text()
    assert source in (folder / "lenet.py").read_text()


def test_both_languages_have_the_same_code_tables_and_links() -> None:
    assert blocks(r"\w+", CHINESE) == blocks(r"\w+")
    links, headings, numbered = r"\]\((?!README)([^)]+)\)", r"^#+ ", r"^\| `\w+` \| \d+"
    for pattern in (links, headings, numbered, r"`python [^`]+`"):
        english, chinese = (sorted(re.findall(pattern, t, re.M)) for t in (README, CHINESE))
        assert english
        assert chinese == english, pattern


def test_the_pictures_are_small_and_the_drawing_is_that_of_today(tmp_path: Path) -> None:
    pictures = re.findall(r"!\[[^]]+\]\(([^)]+)\)", README)
    assert pictures == ["docs/assets/net.svg", "docs/assets/report.webp"]
    assert all((ROOT / name).stat().st_size < 100_000 for name in pictures)
    digits.write_folder(tmp_path / "demo")
    typed(tmp_path / "demo", ["c2t draw train_val.prototxt -o net.svg --rankdir LR --phase TRAIN"])
    drawn = (tmp_path / "demo" / "net.svg").read_text()
    assert drawn == (ROOT / pictures[0]).read_text(), "draw docs/assets/net.svg again"


def test_the_links_inside_the_repository_exist() -> None:
    for document in ROOT.glob("*.md"):
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text(encoding="utf-8")):
            assert (ROOT / target).exists(), f"{document.name}: {target}"
