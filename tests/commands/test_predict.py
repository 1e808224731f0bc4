"""`c2t predict` and `c2t extract`; converted digits score what `c2t test` scores."""

from __future__ import annotations

import json
import re
import runpy
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner, Result
from PIL import Image

from caffe2torch.cli import cli
from caffe2torch.data.datasets import digits
from tests.predict import nets


def run(*args: object) -> Result:
    return CliRunner().invoke(cli, [*map(str, args)])


def test_classes_are_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    net, weights = nets.saved(tmp_path, nets.CLASSES)
    for name in ("a.png", "b.png"):
        nets.picture(tmp_path / name)
    (tmp_path / "labels.txt").write_text("ant\nbee\ncat\ndog\nelk\nfox\n")
    result = run(
        "predict", net, "--weights", weights, "a.png", "--labels", "labels.txt", "--top", 2
    )
    assert result.exit_code == 0, result.output
    assert re.fullmatch(r"(\w{3}: [01]\.\d{4}\n){2}", result.stdout)
    assert result.stderr == ""
    both = run("predict", net, "--weights", weights, "a.png", "b.png", "--top", 1).stdout
    assert [line for line in both.splitlines() if line[0] != " "] == ["a.png", "b.png"]


def test_json_and_drawn_boxes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    net, weights = nets.saved(tmp_path, nets.BOXES)
    nets.picture(tmp_path / "a.png", 30, 20)
    args = ("predict", net, "--weights", weights, "a.png", "--json", "--threshold", "-1000")
    result = run(*args, "-o", "out")
    (line,) = result.stdout.splitlines()
    answer = json.loads(line)["outputs"]["out"]
    assert answer["kind"] == "boxes" and answer["boxes"][0]["name"] == "class 1"
    assert nets.size_of(Path(answer["file"])) == (20, 30)
    assert answer["file"] == "out/a_boxes.png"


def test_what_is_not_known_is_told_and_can_be_given(tmp_path: Path) -> None:
    net, weights = nets.saved(tmp_path, nets.CLASSES)
    picture = tmp_path / "a.png"
    nets.picture(picture)
    known = run("predict", net, "--weights", weights, picture)
    (tmp_path / "train_val.prototxt").unlink()
    guess = run("predict", net, "--weights", weights, picture)
    assert "note: nothing says how pictures are prepared" in guess.stderr
    given = run("predict", net, "--weights", weights, picture, "--mean", 100, "--scale", 0.5)
    assert given.stderr == ""
    assert given.stdout == known.stdout != guess.stdout


def test_extract_writes_blobs(tmp_path: Path) -> None:
    net, weights = nets.saved(tmp_path, nets.CLASSES)
    nets.picture(tmp_path / "a.png")
    args = ("extract", net, "--weights", weights, "--blob", "fc,prob", tmp_path / "a.png")
    result = run(*args, "-o", tmp_path / "f.npz")
    assert result.stdout == f"{tmp_path / 'f.npz'}: fc (6,), prob (6,) of 1 pictures\n"
    assert run(*args, "-o", tmp_path / "f.npz").exit_code == 2
    assert run(*args, "-o", tmp_path / "f.npz", "--force").exit_code == 0


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["predict", "lost.prototxt", "--weights", "W", "a.png"], "lost.prototxt cannot be read"),
        (["predict", "NET", "a.png"], "has no weights"),
        (["predict", "NET", "--weights", "W", "lost.png"], 'image "lost.png" does not exist'),
        (["predict", "NET", "--weights", "W", "a.png", "--resize", "x"], "write HEIGHT,WIDTH"),
        (["predict", "NET", "--weights", "W", "a.png", "--input-shape", "3"], "write BLOB=N,C,H,W"),
        (["predict", "NET", "--weights", "W", "a.png", "--mean", "lost.npy"], "lost.npy"),
        (["predict", "NET", "--weights", "W", "NET"], "is not an image that can be decoded"),
        (["extract", "NET", "--weights", "W", "a.png", "--blob", "x", "-o", "f.npz"], "no blob"),
    ],
)  # fmt: skip
def test_bad_input_is_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, args: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    net, weights = nets.saved(tmp_path, nets.CLASSES)
    nets.picture(tmp_path / "a.png")
    result = run(*[{"NET": net, "W": weights}.get(arg, arg) for arg in args])
    assert result.exit_code == 2, result.output
    assert message in result.stderr
    assert "fault of caffe2torch" not in result.stderr


def test_converted_digits_score_what_test_scores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    digits.write_folder(tmp_path)
    solver = (tmp_path / "solver.prototxt").read_text()
    solver = re.sub(r"max_iter: \d+", "max_iter: 60", solver)
    (tmp_path / "solver.prototxt").write_text(
        re.sub(r"test_interval: \d+", "test_interval: 60", solver)
    )
    assert run("train", "solver.prototxt", "--monitor", "off").exit_code == 0
    model = "digits_iter_60.caffemodel"
    scored = run("test", "train_val.prototxt", "--weights", model, "--iterations", 6).stdout
    score = float(re.findall(r"^accuracy = ([\d.]+)", scored, re.MULTILINE)[-1])
    assert 0.5 < score < 1
    assert run("convert", "deploy.prototxt", "--weights", model, "-o", "out").exit_code == 0
    images, labels = digits.load()
    _, test = digits.split()
    converted = runpy.run_path("out/digits_lenet.py")
    net = converted["DigitsLenet"]().eval()
    from safetensors.torch import load_file

    net.load_state_dict(load_file("out/digits_lenet.safetensors"))
    batch = torch.cat([converted["preprocess"](Image.fromarray(images[k, 0])) for k in test])
    with torch.no_grad():
        right = net(batch).argmax(1).numpy() == np.array([labels[k] for k in test])
    assert float(right.mean()) == pytest.approx(score, abs=1e-6)
    run("extract", "deploy.prototxt", "--weights", model, "--blob", "prob", "digits_test_lmdb",
        "-o", "f.npz")  # fmt: skip
    with np.load("f.npz") as stored:
        right = stored["prob"].argmax(1) == stored["labels"]
    assert float(right.mean()) == pytest.approx(score, abs=1e-6)


@pytest.mark.parametrize("text", [nets.CLASSES, nets.BOXES])
def test_another_engine_answers_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    pytest.importorskip("onnxruntime", reason="the package onnxruntime is not installed")
    monkeypatch.chdir(tmp_path)
    net, weights = nets.saved(tmp_path, text)
    nets.picture(tmp_path / "a.png")
    args = ("predict", net, "--weights", weights, "a.png")
    own, other = run(*args), run(*args, "--engine", "onnxruntime")
    assert "note: engine: onnxruntime\n" in other.stderr
    assert own.exit_code == other.exit_code == 0 and own.stdout == other.stdout


def test_blobs_inside_are_extracted_by_another_engine(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime", reason="the package onnxruntime is not installed")
    net, weights = nets.saved(tmp_path, nets.CLASSES)
    nets.picture(tmp_path / "a.png")
    blob = "fc"
    args = ("extract", net, "--weights", weights, "--blob", blob, tmp_path / "a.png")
    own = run(*args, "-o", tmp_path / "own.npz")
    other = run(*args, "-o", tmp_path / "other.npz", "--engine", "onnxruntime")
    assert own.exit_code == other.exit_code == 0, own.output + other.output
    mine, theirs = (np.load(tmp_path / f"{name}.npz")[blob] for name in ("own", "other"))
    np.testing.assert_allclose(theirs, mine, rtol=1e-5, atol=1e-5)
