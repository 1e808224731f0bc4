"""Shapes are those of the graph, or as far as each layer knows them by itself."""

from __future__ import annotations

from pathlib import Path

from tests.draw.one_picture import LENET, arrows, boxes, drawn, texts


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
