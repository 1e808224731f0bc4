"""Scripts end with real Caffe's weights, and are as a person would write them."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from caffe2torch.convert import trainer, with_trainer
from caffe2torch.convert.state import blobs
from caffe2torch.format.upgrade import read_solver
from tests.convert.trainer.script import CASES, FOLDER, deep_net, train_by

CHOSEN = [
    "sgd_momentum_l2", "sgd_momentum_l1", "nesterov_l2", "adagrad_delta_l2", "rmsprop_decay_l2",
    "adadelta_l2", "adam_params_l2", "policy_step", "policy_exp", "policy_inv",
    "policy_multistep", "policy_poly", "policy_sigmoid", "mults_l1_adam", "frozen_conv",
    "iter_size_adam_clip", "clip_l2", "color_mean_values", "color_mean_file", "shared_params",
    "two_losses", "propagate_down_false", "inline_net", "no_loss_weight_layer_order",
]  # fmt: skip


@pytest.mark.parametrize("name", CHOSEN)
def test_the_script_ends_with_caffes_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    case = CASES[name]
    monkeypatch.chdir(FOLDER)  # the paths in the solvers are relative to it
    found, model = with_trainer.conversion(read_solver(case["solver"]), Path(case["init"]))
    files = dict(with_trainer.written(found, model, tmp_path, force=False))
    script = tmp_path / f"{model.stem}_train.py"
    assert script in files
    text = script.read_text()
    assert text.count("\n") <= 150
    final = train_by(text, model.stem, tmp_path, monkeypatch)
    arrays = blobs(found.graph, final, name)
    with np.load(case["npz"]) as recorded:
        keys = [key for key in recorded.files if key.startswith("final:")]
        assert keys
        for key in keys:
            _, layer, index = key.split(":")
            gap = np.abs(arrays[layer][int(index)].ravel() - recorded[key].ravel()).max()
            assert gap <= _allowed(case), key


def _allowed(case: dict[str, Any]) -> float:
    """Ten times what noise does to Caffe itself, as golden/README.md says."""
    found = case["sensitivity"]
    return max([1e-4, 10 * found["other_weights"], *(10 * v for v in found["weights"].values())])


@pytest.fixture(scope="module")
def scripts() -> dict[str, str]:
    """The script of every golden solver."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(FOLDER)
        found = {
            name: trainer.training(read_solver(case["solver"])) for name, case in CASES.items()
        }
        return {name: trainer.script(training, "net") for name, training in found.items()}


def test_every_golden_solver_gives_a_short_script(scripts: dict[str, str]) -> None:
    for name, text in scripts.items():
        compile(text, name, "exec")
        assert text.count("\n") <= 150, name


def test_a_script_without_its_mean_file_does_not_train_without_a_mean(tmp_path: Path) -> None:
    deep_net(tmp_path, blocks=1)
    found, model = with_trainer.conversion(read_solver(tmp_path / "solver.prototxt"), None)
    files = dict(with_trainer.written(found, model, tmp_path / "out", force=False))
    assert sorted(path.name for path in files) == ["deep.py", "deep.safetensors", "deep_train.py"]
    assert any("lost.binaryproto is missing: the script needs it" in note for note in model.notes)
    text = (tmp_path / "out" / "deep_train.py").read_text()
    assert 'MEAN = torch.load(HERE / "deep_mean.pt")' in text
    assert "import random\n" in text  # the random crop's


def test_ruff_would_change_no_script(tmp_path: Path, scripts: dict[str, str]) -> None:
    if find_spec("ruff") is None:
        pytest.skip("ruff is not installed")
    texts = tmp_path / "texts"
    texts.mkdir()
    for name, text in scripts.items():
        (texts / f"{name}.py").write_text(text)
    deep_net(tmp_path, blocks=60)
    deep = trainer.training(read_solver(tmp_path / "solver.prototxt"))
    (texts / "deep.py").write_text(trainer.script(deep, "a_net_with_a_name_as_long_as_names_get"))
    options = ["--isolated", "--line-length", "100", "--no-cache", str(texts)]
    for words in (["format", "--diff"], ["check", "--select", "E,F"]):
        command = [sys.executable, "-m", "ruff", *words, *options]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout
