"""C2T417 weights-mismatch."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from caffe2torch import caffe_pb2 as pb
from caffe2torch.lint import lint_file
from tests.lint.checks import Folder, check_noop, fires
from tests.lint.nets import chain

CODE = "C2T417"
SHAPES = {"conv1": (16, 1, 3, 3), "conv2": (16, 16, 3, 3), "score": (10, 1024)}


def weights(folder: Folder, shapes: dict[str, tuple[int, ...]], net: str = "") -> Folder:
    """The folder with a chain of two and a caffemodel of these weights."""
    model = pb.NetParameter(name="old")
    for name, shape in shapes.items():
        layer = model.layer.add(name=name, type="InnerProduct")
        for dims in (shape, shape[:1]):
            blob = layer.blobs.add()
            blob.shape.dim.extend(dims)
            blob.data.extend(np.zeros(int(np.prod(dims)), np.float32))
    Path("old.caffemodel").write_bytes(model.SerializeToString())
    folder.solver({"": '\nweights: "old.caffemodel"\n'})
    return folder.write(net=net or chain(2))


def test_other_shape(folder: Folder) -> None:
    weights(folder, {**SHAPES, "score": (1000, 1024)})
    fires(folder, CODE, "(1000, 1024) in the file, (10, 1024) in the net", severity="error")


def test_nothing_fits(folder: Folder) -> None:
    weights(folder, {f"old/{name}": shape for name, shape in SHAPES.items()})
    fires(folder, CODE, "no layer of the net is in old.caffemodel", severity="error")


def test_misspelt_layer(folder: Folder) -> None:
    weights(folder, {"conv1": SHAPES["conv1"], "conv_2": SHAPES["conv2"]})
    fires(folder, CODE, "conv2", '"conv_2"', severity="warning")


def test_frozen_and_missing(folder: Folder) -> None:
    text = chain(2, "").replace("convolution_param {", "param { lr_mult: 0 } convolution_param {")
    weights(folder, {"conv1": SHAPES["conv1"]}, text)
    fires(folder, CODE, 'layer "conv2": not in', "stay 0", severity="error")


def test_new_last_layer_is_an_info(folder: Folder) -> None:
    weights(folder, {k: v for k, v in SHAPES.items() if k != "score"})
    fires(folder, CODE, 'layer "score"', severity="info")


def test_all_there(folder: Folder) -> None:
    check_noop(weights(folder, SHAPES), CODE)


def test_no_weights(folder: Folder) -> None:
    check_noop(folder, CODE)


def test_what_is_to_be_left_out_is_no_error(folder: Folder) -> None:
    weights(folder, {**SHAPES, "score": (1000, 1024)})
    unfit = [f for f in lint_file("solver.prototxt", skips_unfit=True) if f.code == CODE]
    assert [f.severity for f in unfit] == ["warning"]
