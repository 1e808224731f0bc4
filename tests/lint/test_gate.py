"""What the lint says in front of a training: warnings are shown, errors are predictions."""

from __future__ import annotations

from pathlib import Path

from caffe2torch.lint import gate

NET = """\
layer { name: "d" type: "DummyData" top: "x" dummy_data_param { shape { dim: 2 dim: 4 } } }
layer { name: "ip" type: "InnerProduct" bottom: "x" top: "y"
  inner_product_param { num_output: 2 weight_filler { type: "xavier" } } }
layer { name: "l" type: "EuclideanLoss" bottom: "y" bottom: "y" top: "loss" }
"""


def write(folder: Path, more: str) -> str:
    (folder / "net.prototxt").write_text(NET)
    solver = folder / "solver.prototxt"
    solver.write_text(f'net: "{folder}/net.prototxt"\nbase_lr: 0.1 lr_policy: "fixed" {more}\n')
    return str(solver)


def test_errors_are_returned_and_their_source_lines_shown(tmp_path: Path) -> None:
    outlook = gate.look(write(tmp_path, "stepsizes: 3"), "")
    assert outlook.errors and all(error.severity == "error" for error in outlook.errors)
    assert "stepsizes: 3" in outlook.text and "^" in outlook.text


def test_a_warning_is_shown_and_predicts_nothing(tmp_path: Path) -> None:
    outlook = gate.look(write(tmp_path, ""), "")
    assert outlook.errors == [] and "C2T201" in outlook.text
