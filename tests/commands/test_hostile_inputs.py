"""Devices, pipes, sockets and folders in place of files, and what steers a terminal in names."""

from __future__ import annotations

import os
import re
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from caffe2torch.cli import cli
from caffe2torch.data.importers.database import write_images
from caffe2torch.weights import write_mean

# What takes the place of FILE: every argument of every command that is a file to be read.
COMMANDS = (
    "lint FILE", "lint solver.prototxt --weights FILE", "lint a.prototxt --baseline FILE",
    "lint a.prototxt --config FILE", "signal FILE", "rescale FILE --scale 1", "rescale-mean FILE",
    "inspect FILE", "inspect a.prototxt FILE", "draw FILE -o o.svg", "upgrade net FILE o",
    "upgrade solver FILE o", "convert FILE -o o", "convert a.prototxt --weights FILE -o o",
    "verify a.prototxt FILE", "diff-weights FILE FILE", "parse-log FILE",
    "import idx FILE FILE db", "import npz FILE db", "import hdf5 FILE db",
    "import cifar10 FILE db", "import images . FILE db", "import coco FILE . db l",
    "mean FILE -o m", "stats FILE", "check FILE", "copy FILE db", "export-db FILE o",
    "train FILE --no-lint", "train solver.prototxt --no-lint --weights FILE",
    "train solver.prototxt --no-lint --snapshot FILE", "train FILE", "test FILE --weights FILE",
    "test a.prototxt --weights FILE", "time FILE", "run FILE",
    "convert a.prototxt --weights FILE --to python", "quickstart o --from . --finetune FILE",
    "export-db db o --labels FILE", "rescale-mean mean -o o --scale 2 --check FILE",
)  # fmt: skip
NET = """layer { name: "d" type: "DummyData" top: "d" top: "l"
                 dummy_data_param { shape { dim: 2 dim: 3 } shape { dim: 2 } } }
layer { name: "ip" type: "InnerProduct" bottom: "d" top: "ip"
        inner_product_param { num_output: 2 } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "l" top: "loss" }
"""
SOLVER = 'net: "a.prototxt" base_lr: 0.1 lr_policy: "fixed" max_iter: 1 solver_mode: CPU '


@pytest.fixture
def odd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """A folder with a net and its solver, and paths that lead to no file, by kind."""
    monkeypatch.chdir(tmp_path)
    Path("a.prototxt").write_text(NET)
    Path("solver.prototxt").write_text(SOLVER)
    os.mkfifo("pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
    Path("folder").mkdir()
    write_images(Path("db"), np.zeros((2, 1, 4, 4), np.uint8), [0, 1], range(2))
    write_mean(Path("mean"), np.ones((1, 4, 4), np.float32))

    def late(*_: object) -> None:
        raise TimeoutError("it waits for what never comes")

    before = signal.signal(signal.SIGALRM, late)
    yield {"device": "/dev/zero", "named pipe": "pipe", "socket": "socket", "folder": "folder"}
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def run(line: str, path: str) -> Result:
    """Run a command with a path in place of FILE, for at most ten seconds."""
    signal.alarm(10)
    result = CliRunner().invoke(cli, [path if word == "FILE" else word for word in line.split()])
    signal.alarm(0)
    return result


@pytest.mark.parametrize("line", COMMANDS)
def test_what_is_no_file_is_refused_at_once(line: str, odd: dict[str, str]) -> None:
    before = sorted(Path().rglob("*"))
    for kind, path in odd.items():
        result = run(line, path)
        assert "fault of caffe2torch" not in result.output, (kind, result.output)
        assert "never comes" not in result.output, (kind, result.output)
        if kind != "folder":  # some commands take folders
            assert result.exit_code == 2, (kind, result.output)
            assert result.output.strip(), kind
    new = [str(p) for p in sorted(Path().rglob("*")) if p not in before and p.is_file()]
    assert [p for p in new if p != "solver_run/train.log"] == []


PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(200))
WRONG = {"absent": None, "random": b"\xd2\x0f\x93\xff\x00\x81" * 300, "picture": PICTURE}
# What is looked at record by record, or reported as a finding.
JUDGED = ("import images . FILE db", "lint solver.prototxt --weights FILE")


@pytest.mark.parametrize("line", COMMANDS)
def test_what_is_absent_or_of_no_kind_is_refused(line: str, odd: dict[str, str]) -> None:
    before = sorted(Path().rglob("*"))
    for kind, content in WRONG.items():
        path = Path(f"{kind}.bin")
        if content is not None:
            path.write_bytes(content)
        result = run(line, str(path))
        assert result.exit_code == 2 or (line in JUDGED and result.exit_code == 1), (
            kind, result.output,
        )  # fmt: skip
        assert "fault of caffe2torch" not in result.output, (kind, result.output)
        assert result.output.strip(), kind
        path.unlink(missing_ok=True)
    new = [str(p) for p in sorted(Path().rglob("*")) if p not in before]
    assert [p for p in new if not p.startswith("solver_run")] == []


STEERING = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
HOSTILE = r"a\033[2J\033]0;owned\007\0\010\177\342\200\256\302\233"


@pytest.mark.parametrize(
    "line",
    ["lint", "lint --format json", "lint --format github", "lint --signal", "lint --diff --fix",
     "inspect", "inspect --json", "draw -o o.svg", "draw -o o.dot", "convert --to python",
     "signal", "time --iterations 1", "upgrade o", "train"],
)  # fmt: skip
@pytest.mark.parametrize("place", ["a bottom", "a type", "every name", "a path"])
def test_names_do_not_steer_the_terminal(
    line: str, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    net = NET.replace('"ip"', f'"{HOSTILE}"').replace('"loss"', f'"{HOSTILE} 2"')
    if place == "a bottom":
        net = NET.replace('bottom: "d"', f'bottom: "{HOSTILE}"')
    elif place == "a type":
        net = NET.replace('"InnerProduct"', f'"{HOSTILE}"')
    elif place == "a path":
        net += f'layer {{ name: "x" type: "Data" top: "x" data_param {{ source: "{HOSTILE}" }} }}'
    Path("a.prototxt").write_text(net)
    Path("s.prototxt").write_text(SOLVER)
    command, *options = line.split()
    words = [command, "a.prototxt" if command != "train" else "s.prototxt", *options]
    if command == "upgrade":
        words = ["upgrade", "net", "a.prototxt", "o"]
    result = CliRunner().invoke(cli, words)
    assert result.exit_code in (0, 1, 2)
    assert "fault of caffe2torch" not in result.output
    assert not STEERING.search(result.output), ascii(result.output)
    for log in Path().rglob("train.log"):
        assert not STEERING.search(log.read_text()), ascii(log.read_text())


def test_a_solver_whose_net_is_a_device_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("s.prototxt").write_text(SOLVER.replace("a.prototxt", "/dev/zero"))
    for command in ("lint", "inspect", "train", "draw"):
        options = ["-o", "o.svg"] if command == "draw" else []
        result = CliRunner().invoke(cli, [command, "s.prototxt", *options])
        assert "/dev/zero cannot be read: it is a device, not a file" in result.output
        # what the solver itself says can be inspected all the same
        assert result.exit_code == (0 if command == "inspect" else 2), (command, result.output)
