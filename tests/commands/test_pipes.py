"""- is standard input wherever a file is read; where a folder is meant it is refused."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from caffe2torch import inputs
from caffe2torch.cli import cli
from tests.conftest import GOLDEN, ROOT
from tests.train import tiny

NET = """
layer { name: "d" type: "Input" top: "d" input_param { shape { dim: 2 dim: 3 } } }
layer { name: "ip" type: "InnerProduct" bottom: "d" top: "ip"
  inner_product_param { num_output: 2 weight_filler { type: "xavier" } } }
"""


def run(*words: object, data: bytes | None = None) -> Result:
    return CliRunner().invoke(cli, list(map(str, words)), input=data)


@pytest.fixture
def converted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("n.prototxt").write_text(NET)
    targets = "python,onnx,exported,caffemodel,safetensors,state-dict"
    done = run("convert", "n.prototxt", "--to", targets, "-o", ".", "--seed", "1")
    assert done.exit_code == 0, done.output


@pytest.mark.usefixtures("converted")
def test_verify_knows_what_a_pipe_brings_by_its_content() -> None:
    files = {path.suffix: path for path in Path().glob("net.*")} | {
        path.suffix: path for path in Path().glob("n.*")
    }
    ends = {".py", ".onnx", ".pt2", ".caffemodel", ".safetensors", ".pt", ".prototxt"}
    assert set(files) >= ends
    weights = files[".caffemodel"]
    for end in sorted(ends):
        words = ("verify", "n.prototxt", "--weights", weights, "--against")
        there, piped = run(*words, files[end]), run(*words, "-", data=files[end].read_bytes())
        assert there.exit_code == piped.exit_code == 0, f"{end}: {piped.output}"
        assert piped.stdout == there.stdout, end
    # The subject too: a caffemodel is known as one though its name does not say so.
    piped = run("verify", "-", "--against", weights, data=weights.read_bytes())
    assert piped.exit_code == 0, piped.output
    assert "no --weights" not in piped.stderr


@pytest.mark.usefixtures("converted")
def test_what_cannot_be_run_is_one_message() -> None:
    for data, reason in ((b"", "- is empty"), (b"x = 1\n", "- has no torch module")):
        result = run("verify", "n.prototxt", "--against", "-", data=data)
        assert result.exit_code == 2
        assert reason in result.stderr


def test_a_run_goes_on_from_a_pipe_bit_by_bit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    tiny.write(tmp_path)
    words = ("train", "solver.prototxt", "--no-lint", "-q")
    assert run(*words).exit_code == 0
    end = Path("snap_iter_30.caffemodel").read_bytes()
    Path("snap_iter_30.caffemodel").unlink()
    state = Path("snap_iter_10.solverstate").read_bytes()
    piped = run(*words, "--snapshot", "-", data=state)
    assert piped.exit_code == 0, piped.output
    assert Path("snap_iter_30.caffemodel").read_bytes() == end
    broken = run(*words, "--snapshot", "-", data=state[:9])
    assert broken.exit_code == 2
    assert "- is no whole solverstate" in broken.stderr


def test_a_program_comes_from_a_pipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("beside.py").write_text("WORD = 'beside'\n")
    program = "import sys, caffe, beside; print(sys.argv, beside.WORD, caffe.TEST)\n"
    words = [sys.executable, "-m", "caffe2torch", "run", "-", "a"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(words, input=program, capture_output=True, text=True, env=environment)
    assert done.stdout == "['-', 'a'] beside 1\n", done.stderr
    wrong = run("run", "-", data=b"x = = 1\n")
    assert wrong.exit_code == 2
    assert wrong.stderr.startswith("-:1:5: the program does not parse")


def test_a_schema_comes_from_a_pipe(tmp_path: Path) -> None:
    pytest.importorskip("grpc_tools")
    net = tmp_path / "n.prototxt"
    net.write_text('layer { name: "r" type: "ReLU" bottom: "x" top: "y" relu_param { zap: 1 } }')
    fork = (ROOT / "proto/caffe.proto").read_text()
    fork = fork.replace(
        "message ReLUParameter {", "message ReLUParameter { optional int32 zap = 99;"
    )
    words = [sys.executable, "-m", "caffe2torch", "lint", str(net)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = [
        subprocess.run([*words, *more], input=fork, capture_output=True, text=True, env=environment)
        for more in ([], ["--proto", "-"])
    ]
    assert "C2T506" in done[0].stdout
    assert done[1].stderr == ""
    assert "C2T506" not in done[1].stdout


def test_lint_takes_its_configuration_and_baseline_from_pipes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    tiny.write(tmp_path)
    words = ("lint", "solver.prototxt", "--exit-zero")
    plain = run(*words).stdout
    assert "C2T" in plain
    assert run(*words, "--write-baseline", "known.json").exit_code == 0
    known = Path("known.json").read_bytes()
    assert "C2T" not in run(*words, "--baseline", "-", data=known).stdout
    assert "C2T" not in run(*words, "--config", "-", data=b'ignore = ["C2T"]\n').stdout


def test_rescale_passes_a_net_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    tiny.write(tmp_path)
    words = ("--scale", "0.0078125")
    net = Path("net.prototxt").read_bytes()
    piped = run("rescale", "-", *words, data=net)
    assert piped.exit_code == 0, piped.output
    assert not Path("-").exists()
    assert run("rescale", "net.prototxt", *words).exit_code == 0
    assert piped.stdout == Path("net.prototxt").read_text()
    assert "conv: weights × 0.5" in piped.stderr


def test_an_archive_comes_from_a_pipe(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "empty.tar", "w"):
        pass
    data = (tmp_path / "empty.tar").read_bytes()
    result = run("import", "cifar10", "-", tmp_path / "out", data=data)
    assert result.exit_code == 2
    assert "- holds no data_batch_1.bin" in result.stderr


FOLDERS = [
    ("check", "-"), ("copy", "-", "new"), ("export-db", "-", "new"), ("mean", "-"),
    ("stats", "-"), ("watch", "-"), ("import", "folder", "-", "new"),
    ("import", "voc", "-", "train", "new"), ("quickstart", "new", "--from", "-"),
    ("rescale-mean", "m.binaryproto", "--to-values", "--check", "-"),
]  # fmt: skip


@pytest.mark.parametrize("words", FOLDERS, ids=" ".join)
def test_no_pipe_is_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(*words, data=b"x")
    assert result.exit_code == 2
    assert result.stderr.startswith("error: - is standard input; ")
    assert result.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_messages_call_a_copy_by_what_was_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "_copy", [])
    assert inputs.called("/tmp/c2t-x is broken") == "/tmp/c2t-x is broken"
    result = run("test", GOLDEN / "nets/residual.prototxt", "--weights", "-", data=b"\x08\x96junk")
    assert result.exit_code == 2
    assert "- is no" in result.stderr
    assert "c2t-" not in result.stderr


@pytest.mark.parametrize("kind", ["net", "solver"])
@pytest.mark.parametrize("text", ["", "# a comment alone\n", "\n\n"])
def test_nothing_is_no_net_to_upgrade(tmp_path: Path, kind: str, text: str) -> None:
    (tmp_path / "old").write_text(text)
    result = run("upgrade", kind, tmp_path / "old", tmp_path / "new")
    assert result.exit_code == 2
    assert f"old holds no {kind}: it is empty" in result.stderr
    assert not (tmp_path / "new").exists()
