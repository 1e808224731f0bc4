"""Which net a file holds, and in which states it is drawn."""

from __future__ import annotations

from pathlib import Path

import pytest

from caffe2torch.draw import compose, subject
from caffe2torch.errors import ParseError
from tests.conftest import ROOT
from tests.draw.one_picture import LENET, arrows, boxes


def test_old_nets_solvers_and_weights_are_drawn(tmp_path: Path) -> None:
    old = tmp_path / "v1.prototxt"
    old.write_text(
        'input: "x" input_dim: 1 input_dim: 1 input_dim: 4 input_dim: 4\n'
        'layers { name: "c" type: CONVOLUTION bottom: "x" top: "c" '
        "convolution_param { num_output: 2 kernel_size: 3 } }\n"
    )
    assert arrows(compose.compose(subject.read(str(old)))) == {"input -1×1×4×4-> c"}
    solver = subject.read(str(ROOT / "solvers/mnist_lenet/solver.prototxt"))
    assert solver.phase == "TRAIN"
    assert "conv1" in boxes(compose.compose(solver))
    tested = subject.read(str(ROOT / "solvers/mnist_lenet/solver.prototxt"), "TEST")
    assert any("Accuracy" in lines for lines in boxes(compose.compose(tested)).values())
    weights = subject.read(str(ROOT / "tests/golden/nets/residual_train_l0.caffemodel"))
    assert not any(layer.blobs for layer in weights.net.message.layer)
    assert len(boxes(compose.compose(weights))) > 5


def test_a_solver_names_its_net_from_a_folder_above(tmp_path: Path) -> None:
    folder = tmp_path / "examples" / "mnist"
    folder.mkdir(parents=True)
    (folder / "net.prototxt").write_text(LENET)
    solver = folder / "solver.prototxt"
    solver.write_text('net: "examples/mnist/net.prototxt" base_lr: 0.1 train_state { level: 2 }')
    chosen = subject.read(str(solver), stages=("extra",))
    assert {p: (s.level, list(s.stage)) for p, s in chosen.states.items()} == {
        "TRAIN": (2, ["extra"])
    }
    assert "Accuracy" in boxes(compose.compose(subject.read(str(solver), "TEST")))["accuracy"]
    assert subject.read(str(solver), "ALL").everything
    solver.write_text('net: "none.prototxt"')
    with pytest.raises(
        ParseError, match=r'solver.prototxt:1:1: net "none.prototxt" does not exist'
    ):
        subject.read(str(solver))


def test_the_title_is_the_name_or_the_file(tmp_path: Path) -> None:
    path = tmp_path / "net.prototxt"
    path.write_text('name: "Alex" layer { name: "i" type: "Input" top: "x" }')
    assert subject.read(str(path)).title == "Alex"
    path.write_text('layer { name: "i" type: "Input" top: "x" }')
    chosen = subject.read(str(path))
    assert (chosen.title, chosen.phase, list(chosen.states)) == (
        "net.prototxt", "ALL", ["TRAIN", "TEST"],
    )  # fmt: skip
    test = subject.read(str(path), "TEST", 3, ("a",))
    assert (test.phase, test.states["TEST"].level, list(test.states["TEST"].stage)) == (
        "TEST", 3, ["a"],
    )  # fmt: skip


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ParseError, match=r"none\.prototxt cannot be read: No such file"):
        subject.read(str(tmp_path / "none.prototxt"))
