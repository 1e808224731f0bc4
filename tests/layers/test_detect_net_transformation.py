"""DetectNetTransformation: its shapes, and that it cannot be run."""

from __future__ import annotations

import pytest

from caffe2torch.errors import ShapeError, UnsupportedError
from tests.layers.one_layer import one_net, top_shapes

TEXT = (
    "detectnet_groundtruth_param { stride: 16 image_size_x: 1248 image_size_y: 384 "
    "object_class { src: 1 dst: 0 } object_class { src: 8 dst: 1 } }"
)
BOTTOMS = [(2, 3, 400, 1300), (2, 1, 50, 16)]


def test_shapes() -> None:
    wanted = [(2, 3, 384, 1248), (2, 10, 24, 78)]
    assert top_shapes("DetectNetTransformation", TEXT, BOTTOMS, 2) == wanted
    assert top_shapes("DetectNetTransformation", "", BOTTOMS, 2)[1] == (2, 9, 96, 312)


def test_it_cannot_be_run() -> None:
    with pytest.raises(UnsupportedError, match="known by its shapes only"):
        one_net("DetectNetTransformation", TEXT, BOTTOMS, 2)


def test_bad_input_is_refused() -> None:
    with pytest.raises(ShapeError, match="as many labels"):
        top_shapes("DetectNetTransformation", TEXT, [(2, 1, 9, 9), (2, 1)], 2)
