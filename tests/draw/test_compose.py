"""What is drawn of a net: boxes, what is written in them, and which arrows join them."""

from __future__ import annotations

from pathlib import Path

import pytest

from caffe2torch.draw import compose, subject
from caffe2torch.draw.picture import Item, Picture
from caffe2torch.errors import GraphError, ParseError
from tests.conftest import ROOT

LENET = """name: "LeNet"
layer { name: "mnist" type: "Data" top: "data" top: "label" include { phase: TRAIN }
  data_param { source: "no/such/mnist_train_lmdb" batch_size: 64 backend: LMDB } }
layer { name: "mnist" type: "Data" top: "data" top: "label" include { phase: TEST }
  data_param { source: "no/such/mnist_test_lmdb" batch_size: 100 backend: LMDB } }
layer { name: "conv1" type: "Convolution" bottom: "data" top: "conv1"
  convolution_param { num_output: 20 kernel_size: 5 } }
layer { name: "pool1" type: "Pooling" bottom: "conv1" top: "pool1"
  pooling_param { pool: MAX kernel_size: 2 stride: 2 } }
layer { name: "conv2" type: "Convolution" bottom: "pool1" top: "conv2"
  convolution_param { num_output: 50 kernel_h: 5 kernel_w: 3 stride: 1 pad_w: 1 } }
layer { name: "pool2" type: "Pooling" bottom: "conv2" top: "pool2"
  pooling_param { pool: AVE kernel_size: 2 stride: 2 } }
layer { name: "ip1" type: "InnerProduct" bottom: "pool2" top: "ip1"
  inner_product_param { num_output: 500 } }
layer { name: "relu1" type: "ReLU" bottom: "ip1" top: "ip1" }
layer { name: "drop1" type: "Dropout" bottom: "ip1" top: "ip1"
  dropout_param { dropout_ratio: 0.4 } include { phase: TRAIN } }
layer { name: "ip2" type: "InnerProduct" bottom: "ip1" top: "ip2"
  inner_product_param { num_output: 10 } param { lr_mult: 0 } }
layer { name: "accuracy" type: "Accuracy" bottom: "ip2" bottom: "label" top: "accuracy"
  include { phase: TEST } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip2" bottom: "label" top: "loss" }
"""


def drawn(folder: Path, text: str, phase: str = "", collapse: bool = False) -> Picture:
    path = folder / "net.prototxt"
    path.write_text(text, encoding="utf-8")
    return compose.compose(subject.read(str(path), phase), collapse)


def texts(item: Item) -> list[str]:
    return [line.text for section in item.sections for line in section.lines]


def boxes(picture: Picture) -> dict[str, list[str]]:
    """Name of each box -> the other lines in it."""
    return {texts(item)[0]: texts(item)[1:] for item in picture.items if not item.tag}


def kinds(picture: Picture) -> dict[str, list[str]]:
    return {texts(i)[0]: [s.kind for s in i.sections] for i in picture.items if not i.tag}


def arrows(picture: Picture) -> set[str]:
    """Each arrow as "box -tag-> box", without tags "box -> box"."""
    items = picture.items
    found = set()
    for tail, head in picture.arrows:
        if items[head].tag:
            continue
        name, label = texts(items[tail])[0], ""
        if items[tail].tag:
            maker = items[tail].tail_of
            label = f"{name}-"
            name = "?" if maker is None else texts(items[maker])[0]
        found.add(f"{name} -{label}> {texts(items[head])[0]}")
    return found


def test_shapes_of_lenet_stand_on_its_arrows(tmp_path: Path) -> None:
    picture = drawn(tmp_path, LENET, "TEST")
    # 28 - 5 + 1 = 24, halved 12; 12 - 5 + 1 = 8 by 12 + 2 - 3 + 1 = 12, halved 4 by 6.
    assert arrows(picture) == {
        "mnist -data 100×1×28×28-> conv1",
        "conv1 -100×20×24×24-> pool1",
        "pool1 -100×20×12×12-> conv2",
        "conv2 -100×50×8×12-> pool2",
        "pool2 -100×50×4×6-> ip1",
        "ip1 -100×500-> ip2",
        "ip2 -100×10-> accuracy",
        "ip2 -100×10-> loss",
        "mnist -label 100-> accuracy",
        "mnist -label 100-> loss",
    }


def test_boxes_say_what_the_layers_are_and_fold_those_in_place(tmp_path: Path) -> None:
    picture = drawn(tmp_path, LENET, "TRAIN")
    assert boxes(picture) == {
        "mnist": [
            "Data", "source mnist_train_lmdb", "batch_size 64, backend LMDB", "shape assumed",
        ],
        "conv1": ["Convolution", "kernel 5×5, num_output 20"],
        "pool1": ["Pooling MAX", "kernel 2×2, stride 2"],
        "conv2": ["Convolution", "kernel 5×3, pad 0×1", "num_output 50"],
        "pool2": ["Pooling AVE", "kernel 2×2, stride 2"],
        "ip1": [
            "InnerProduct", "num_output 500", "+ relu1 (ReLU)", "+ drop1 (Dropout)",
            "dropout_ratio 0.4",
        ],
        "ip2": ["InnerProduct", "num_output 10, lr_mult 0"],
        "loss": ["SoftmaxWithLoss", "→ loss: scalar"],
    }  # fmt: skip
    assert kinds(picture) == {
        "mnist": ["data"], "conv1": ["convolution"], "pool1": ["pooling"],
        "conv2": ["convolution"], "pool2": ["pooling"], "ip1": ["inner product", "in place"],
        "ip2": ["inner product"], "loss": ["loss", "blob"],
    }  # fmt: skip
    assert picture.notes == ["assumed shapes, since the data are not here: mnist"]


def test_all_phases_are_drawn_in_one_picture(tmp_path: Path) -> None:
    picture = drawn(tmp_path, LENET)
    assert picture.phase == "ALL"
    partly = [item for item in picture.items if item.partly]
    assert [texts(item)[0] for item in partly] == ["mnist", "mnist", "drop1", "accuracy"]
    assert [texts(item)[-1] for item in partly[:2]] == ["TRAIN only", "TEST only"]
    assert {
        "mnist -data 64×1×28×28-> conv1",
        "mnist -data 100×1×28×28-> conv1",
        "conv1 -64/100×20×24×24-> pool1",
        "mnist -label 100-> accuracy",
        "mnist -label 64-> loss",
    } <= arrows(picture)
    assert "mnist -label 64-> accuracy" not in arrows(picture)
    # In TEST, ip2 reads what relu1 wrote.
    assert {"drop1 -64×500-> ip2", "ip1 -64/100×500-> ip2"} <= arrows(picture)


def test_a_layer_of_a_stage_is_drawn_with_all_others(tmp_path: Path) -> None:
    text = """
layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 2 dim: 3 } } }
layer { name: "deploy" type: "Softmax" bottom: "x" top: "p" include { stage: "deploy" } }
layer { name: "loss" type: "EuclideanLoss" bottom: "x" bottom: "x" top: "l"
  exclude { stage: "deploy" } }
"""
    assert boxes(drawn(tmp_path, text))["deploy"] == ["Softmax", "deploy only", "→ p: ?"]
    assert "deploy" not in boxes(drawn(tmp_path, text, "TEST"))


def test_an_in_place_layer_whose_bottom_others_read_has_its_own_box(tmp_path: Path) -> None:
    text = """
layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 1 dim: 4 } } }
layer { name: "a" type: "InnerProduct" bottom: "x" top: "a" inner_product_param { num_output: 3 } }
layer { name: "side" type: "Power" bottom: "a" top: "side" }
layer { name: "relu" type: "ReLU" bottom: "a" top: "a" }
layer { name: "sum" type: "Eltwise" bottom: "a" bottom: "side" top: "sum" }
"""
    picture = drawn(tmp_path, text)
    assert arrows(picture) == {
        "in -1×4-> a", "a -1×3-> side", "a -1×3-> relu", "relu -1×3-> sum", "side -1×3-> sum",
    }  # fmt: skip
    assert boxes(picture)["sum"] == ["Eltwise SUM", "→ sum: 1×3"]
    assert kinds(picture)["relu"] == ["in place"]


def test_a_net_that_does_not_build_keeps_the_shapes_that_are_known(tmp_path: Path) -> None:
    text = """
layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
layer { name: "odd" type: "NoSuchThing" bottom: "x" top: "o" }
layer { name: "after" type: "ReLU" bottom: "o" top: "after" }
layer { name: "big" type: "Convolution" bottom: "x" top: "b"
  convolution_param { num_output: 2 kernel_size: 9 } }
layer { name: "ok" type: "Pooling" bottom: "x" top: "ok"
  pooling_param { kernel_size: 2 stride: 2 } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ok" }
layer { name: "lost" type: "Concat" bottom: "ok" bottom: "nowhere" top: "lost" }
"""
    picture = drawn(tmp_path, text, "TEST")
    assert arrows(picture) == {
        "in -1×3×8×8-> odd", "in -1×3×8×8-> big", "in -1×3×8×8-> ok", "odd -o-> after",
        "ok -1×3×4×4-> loss", "ok -1×3×4×4-> lost", "? -nowhere: nothing makes it-> lost",
    }  # fmt: skip
    wrong = [texts(item)[0] for item in picture.items if item.wrong]
    assert wrong == ["odd", "big", "loss", "nowhere: nothing makes it"]
    assert "does not build" in boxes(picture)["odd"]
    assert len(picture.errors) == 1 and 'unknown bottom "nowhere"' in picture.errors[0]
    assert "net.prototxt:" in picture.errors[0] and "net.prototxt:" not in picture.notes[0]


def test_shared_parameters_are_named(tmp_path: Path) -> None:
    text = """
layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 1 dim: 4 } } }
layer { name: "a" type: "InnerProduct" bottom: "x" top: "a" param { name: "w" }
  inner_product_param { num_output: 4 bias_term: false } }
"""
    assert "num_output 4, param w" in boxes(drawn(tmp_path, text))["a"]


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


def test_every_bottom_of_the_golden_nets_is_an_arrow(golden: Path) -> None:
    nets = sorted((golden / "nets").glob("*.prototxt"))
    assert len(nets) > 20
    for path in nets:
        chosen = subject.read(str(path), "TRAIN")
        picture = compose.compose(chosen)
        named = {texts(item)[0] for item in picture.items if not item.tag}
        words = [word for item in picture.items for word in item.words]
        reads = {arrow.rpartition("> ")[2] for arrow in arrows(picture)}
        for layer in chosen.net.message.layer:
            if layer.name in named and layer.bottom:
                assert layer.name in reads, (path, layer.name)
        assert not picture.errors, path
        assert named <= set(words)


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


def test_a_net_of_next_to_nothing_has_a_picture(tmp_path: Path) -> None:
    assert len(drawn(tmp_path, 'layer { name: "" type: "Input" top: "x" }\n').items) == 1


@pytest.mark.parametrize("text", ["", 'name: "empty"'])
def test_a_file_without_layers_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(GraphError, match="has no layers"):
        drawn(tmp_path, text + "\n")
