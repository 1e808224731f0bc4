"""Training scripts in plain PyTorch end where Caffe ended."""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from caffe2torch.cli import cli
from caffe2torch.convert import trainer, with_trainer
from caffe2torch.convert.state import blobs
from caffe2torch.convert.with_trainer import trains
from caffe2torch.format.upgrade import read_solver
from tests.conftest import GOLDEN
from tests.convert.families import layer

FOLDER = GOLDEN / "solvers"
CASES = {case["name"]: case for case in json.loads((FOLDER / "index.json").read_text())["cases"]}
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
    final = _trained(text, model.stem, tmp_path, monkeypatch)
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


def _trained(
    text: str, stem: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, torch.Tensor]:
    """Run a script in this process, with its files where they are, and catch what it saves."""
    for name in (f"{stem}.safetensors", f"{stem}_mean.pt"):
        text = text.replace(f'"{name}"', repr(str(folder / name)))
    saved: dict[str, dict[str, torch.Tensor]] = {}
    monkeypatch.setattr(torch, "save", lambda state, path: saved.update({str(path): state}))
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, stem, raising=False)
    opened = _closing_lmdbs(monkeypatch)
    names: dict[str, Any] = {"__name__": "script"}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(text, "script", "exec"), names)
        names["train"]()
    for environment in opened:
        environment.close()
    sys.modules.pop(stem)
    return list(saved.values())[-1]


def _closing_lmdbs(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The databases that a script opens: it ends with its process, this one goes on."""
    import lmdb

    opened: list[Any] = []

    def kept(*arguments: Any, **options: Any) -> Any:
        opened.append(real(*arguments, **options))
        return opened[-1]

    real = lmdb.open
    monkeypatch.setattr(lmdb, "open", kept)
    return opened


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


def test_the_command_finds_the_solver_of_a_net(tmp_path: Path) -> None:
    demo = tmp_path / "demo"
    assert CliRunner().invoke(cli, ["quickstart", str(demo)]).exit_code == 0
    for words in (["train_val.prototxt", "--with-trainer"], ["--with-trainer", "solver.prototxt"]):
        out = tmp_path / words[0].strip("-")
        given = [str(demo / word) if word.endswith("prototxt") else word for word in words]
        result = CliRunner().invoke(cli, ["convert", *given, "-o", str(out)])
        assert result.exit_code == 0, result.output
        assert sorted(path.name for path in out.iterdir()) == [
            "digits_lenet.py",
            "digits_lenet.safetensors",
            "digits_lenet_mean.pt",
            "digits_lenet_train.py",
        ]


@pytest.mark.parametrize(
    ("path", "trained"),
    [("net.prototxt", True), ("x/net.prototxt", True), ("gone/net.prototxt", True), ("n", False)],
)
def test_a_solver_beside_a_net_is_asked_where_its_net_lies(
    tmp_path: Path, path: str, trained: bool
) -> None:
    (tmp_path / "x").mkdir()
    net = tmp_path / "x" / "net.prototxt"
    net.write_text("")
    solver = tmp_path / "x" / "solver.prototxt"
    solver.write_text(f'net: "{path}"')
    assert trains(read_solver(solver), net) == trained


def test_data_that_is_no_lmdb_is_left_to_the_user(tmp_path: Path) -> None:
    (tmp_path / "net.prototxt").write_text(
        'layer { name: "d" type: "Input" top: "x" top: "y" '
        "input_param { shape { dim: 4 dim: 3 } shape { dim: 4 } } }\n"
        'layer { name: "ip" type: "InnerProduct" bottom: "x" top: "ip" '
        "inner_product_param { num_output: 2 } }\n"
        'layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "y" top: "loss" }\n'
    )
    (tmp_path / "solver.prototxt").write_text(
        'net: "net.prototxt" base_lr: 0.1 lr_policy: "fixed" max_iter: 3'
    )
    found = trainer.training(read_solver(tmp_path / "solver.prototxt"))
    text = trainer.script(found, "net")
    names: dict[str, Any] = {}
    body = text.replace("from net import Net\n", "")
    exec(compile(body, "script", "exec"), names)
    with pytest.raises(NotImplementedError, match=r"yield x .*, y "):
        names["batches"](True)


DEEP = """\
name: "deep"
layer { name: "d" type: "Data" top: "d" top: "t" transform_param { mean_file: "lost.binaryproto"
        crop_size: 6 } data_param { source: "train_lmdb" batch_size: 2 backend: LMDB } }
"""
SOLVER = 'net: "net.prototxt" base_lr: 0.1 lr_policy: "fixed" max_iter: 3'


def _deep(folder: Path, blocks: int) -> None:
    """A net whose Scale layers, and one convolution, have multipliers of their own."""
    text, bottom = DEEP, "d"
    for k in range(blocks):
        own = "param { lr_mult: 1 decay_mult: 1 } param { lr_mult: 2 decay_mult: 0 }"
        text += layer("Convolution", f"c{k}", bottom, "", f"{own} convolution_param {CONVOLUTION}")
        text += layer("BatchNorm", f"bn{k}", f"c{k}")
        flat = "param { decay_mult: 0 } param { decay_mult: 0 } scale_param { bias_term: true }"
        text, bottom = text + layer("Scale", f"s{k}", f"bn{k}", "", flat), f"s{k}"
    last = "param { lr_mult: 10 } param { lr_mult: 20 decay_mult: 0 }"
    text += layer("InnerProduct", "fc", bottom, "", last + " inner_product_param { num_output: 2 }")
    (folder / "net.prototxt").write_text(text + layer("SoftmaxWithLoss", "loss", "fc t"))
    (folder / "solver.prototxt").write_text(SOLVER)


CONVOLUTION = "{ num_output: 2 kernel_size: 1 }"


def test_multipliers_of_a_class_are_said_once(tmp_path: Path) -> None:
    _deep(tmp_path, blocks=60)
    found, model = with_trainer.conversion(read_solver(tmp_path / "solver.prototxt"), None)
    text = trainer.script(found, "deep")
    assert text.count("\n") <= 150
    assert '"CaffeScale.weight": (1.0, 0.0)' in text
    names: dict[str, Any] = {"nn": torch.nn}
    exec(text[text.index("MULTIPLIERS = ") : text.index("def rate(")], names)
    net = model.module
    known = {name: names["multipliers"](net, name) for name, _ in net.named_parameters()}
    expected = {"fc.weight": (10.0, 1.0), "fc.bias": (20.0, 0.0)}
    for k in range(60):
        expected |= {f"c{k}.weight": (1.0, 1.0), f"c{k}.bias": (2.0, 0.0)}
        expected |= {f"s{k}.weight": (1.0, 0.0), f"s{k}.bias": (1.0, 0.0)}
    assert {".".join(name.split(".")[-2:]): pair for name, pair in known.items()} == expected


def test_a_script_without_its_mean_file_does_not_train_without_a_mean(tmp_path: Path) -> None:
    _deep(tmp_path, blocks=1)
    found, model = with_trainer.conversion(read_solver(tmp_path / "solver.prototxt"), None)
    files = dict(with_trainer.written(found, model, tmp_path / "out", force=False))
    assert sorted(path.name for path in files) == ["deep.py", "deep.safetensors", "deep_train.py"]
    assert any("lost.binaryproto is missing: the script needs it" in note for note in model.notes)
    text = (tmp_path / "out" / "deep_train.py").read_text()
    assert 'MEAN = torch.load("deep_mean.pt")' in text
    assert "import random\n" in text  # the random crop's


def test_ruff_would_change_no_script(tmp_path: Path, scripts: dict[str, str]) -> None:
    if find_spec("ruff") is None:
        pytest.skip("ruff is not installed")
    texts = tmp_path / "texts"
    texts.mkdir()
    for name, text in scripts.items():
        (texts / f"{name}.py").write_text(text)
    _deep(tmp_path, blocks=60)
    deep = trainer.training(read_solver(tmp_path / "solver.prototxt"))
    (texts / "deep.py").write_text(trainer.script(deep, "a_net_with_a_name_as_long_as_names_get"))
    options = ["--isolated", "--line-length", "100", "--no-cache", str(texts)]
    for words in (["format", "--diff"], ["check", "--select", "E,F"]):
        command = [sys.executable, "-m", "ruff", *words, *options]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout
