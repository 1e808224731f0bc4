"""What the README tells a user to type is typed here, in its order, and works."""

from __future__ import annotations

import gzip
import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from caffe2torch.cli import cli

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
LINES = [line for block in BLOCKS for line in block.splitlines()]


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A folder in which every line but make's ran, and what was printed."""
    folder = tmp_path_factory.mktemp("readme")
    bin_ = folder / "bin"
    bin_.mkdir()
    c2t = bin_ / "c2t"
    c2t.write_text(f'#!/bin/sh\nexec {sys.executable} -m caffe2torch "$@"\n')
    c2t.chmod(0o755)
    write_idx(folder / "demo")
    # `make demo` leaves the folder that the next lines go into.
    script = ["set -ex", f"PATH={bin_}:$PATH", f"export PYTHONPATH={ROOT}", "c2t quickstart demo"]
    script += [line for line in LINES if not line.startswith("make ")]
    run = subprocess.run(
        ["bash", "-c", "\n".join(script)], cwd=folder, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return folder / "demo", run.stdout


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
    named = set(re.findall(r"`?c2t ([a-z][a-z-]*)", README))
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


def test_the_links_inside_the_repository_exist() -> None:
    for document in ROOT.glob("*.md"):
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text(encoding="utf-8")):
            assert (ROOT / target).exists(), f"{document.name}: {target}"
