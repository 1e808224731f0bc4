"""From a folder of JPEGs to a trained net that classifies a picture."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner, Result
from PIL import Image

from caffe2torch.cli import cli
from caffe2torch.data.datasets.starter import RECIPES, Starter, write_starter
from caffe2torch.errors import DataError
from caffe2torch.format.schema import read
from caffe2torch.format.upgrade import read_net
from caffe2torch.graph import build_graph


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(a) for a in arguments])


def picture(label: int, seed: int) -> np.ndarray:
    """Stripes across or along, of random colours and width, 40 x 50."""
    rng = np.random.default_rng(seed)
    stripes = np.arange(40 if label else 50) // rng.integers(3, 6) % 2
    plane = np.tile(stripes[:, None], (1, 50)) if label else np.tile(stripes, (40, 1))
    dark, light = rng.integers(0, 80, 3), rng.integers(170, 256, 3)
    return np.where(plane[..., None], light, dark).astype(np.uint8)


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    for label, name in enumerate(("across", "along")):
        (folder / name).mkdir()
        for i in range(40):
            Image.fromarray(picture(label, 2 * i + label)).save(folder / name / f"{i}.jpg")
    return folder


@pytest.mark.parametrize("net", RECIPES)
def test_each_net_is_for_these_classes_and_lints_without_error(
    net: str, photos: Path, tmp_path: Path
) -> None:
    result = run("quickstart", tmp_path / "q", "--from", photos, "--net", net)
    assert result.exit_code == 0, result.stderr
    assert f"{net} for 2 classes and its solver" in result.output
    solver = read(tmp_path / "q" / "solver.prototxt", "SolverParameter").message
    assert (solver.test_iter[0], solver.snapshot_prefix) == (1, net)
    for phase in ("TRAIN", "TEST"):
        graph = build_graph(read_net(str(tmp_path / "q" / "train_val.prototxt")), phase=phase)
        loss = next(node for node in graph.nodes if node.type == "SoftmaxWithLoss")
        assert graph.shapes[loss.bottoms[0]][1:] == (2,)
        assert graph.shapes["data"][0] == (min(RECIPES[net].batch, 72) if phase == "TRAIN" else 8)
    deploy = build_graph(read_net(str(tmp_path / "q" / "deploy.prototxt")))
    assert deploy.shapes[deploy.outputs[0]] == (1, 2)
    assert run("lint", tmp_path / "q" / "solver.prototxt").exit_code == 0


def test_finetuning_renames_and_speeds_up_the_last_layer(photos: Path, tmp_path: Path) -> None:
    write_starter(Starter(photos, "cifar10_quick", finetune="w.caffemodel"), tmp_path / "q")
    net = read(tmp_path / "q" / "train_val.prototxt", "NetParameter").message
    last = [layer for layer in net.layer if layer.type == "InnerProduct"][-1]
    assert last.name == "ip2_new"
    assert [p.lr_mult for p in last.param] == [10, 20]
    solver = read(tmp_path / "q" / "solver.prototxt", "SolverParameter").message
    assert solver.base_lr == pytest.approx(0.001)


def test_an_unknown_net_is_refused(photos: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match='no net "resnet".*alexnet'):
        write_starter(Starter(photos, "resnet"), tmp_path / "q")


def test_a_folder_of_jpegs_becomes_a_net_that_classifies_a_picture(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from caffe2torch.pycaffe import Classifier
    from caffe2torch.weights import read_mean

    monkeypatch.chdir(tmp_path)
    assert run("quickstart", "q", "--from", photos, "--net", "cifar10_quick").exit_code == 0
    monkeypatch.chdir(tmp_path / "q")
    torch.manual_seed(0)
    trained = run("train", "solver.prototxt", "--max-iter", 30)
    assert trained.exit_code == 0, trained.stderr
    accuracy = re.findall(
        r"accuracy = ([0-9.e-]+)", Path("cifar10_quick_run/train.log").read_text()
    )
    assert float(accuracy[-1]) == 1.0
    mean = read_mean("cifar10_quick_mean.binaryproto").reshape(3, 32, 32)
    classifier = Classifier(
        "deploy.prototxt", "cifar10_quick_iter_30.caffemodel", image_dims=(32, 32),
        mean=mean, input_scale=0.00390625, raw_scale=255, channel_swap=(2, 1, 0),
    )  # fmt: skip
    names = Path("labels.txt").read_text().split()
    for label, name in enumerate(names):
        image = picture(label, 1000 + label) / np.float32(255)
        assert names[int(classifier.predict([image], False)[0].argmax())] == name
