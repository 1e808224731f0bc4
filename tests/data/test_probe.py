"""Shapes of tops are asked for by the type of a layer; errors point at its source."""

from __future__ import annotations

from pathlib import Path

import pytest

from caffe2torch import caffe_pb2 as pb
from caffe2torch.data.faults import FieldError
from caffe2torch.data.probe import supports, top_shapes
from caffe2torch.errors import UnsupportedError
from tests.data.one_feed import layer, numbered


def test_the_shapes_are_those_of_the_first_record(tmp_path: Path) -> None:
    source = numbered(tmp_path / "db", 3, (3, 4, 5))
    param = layer(f'data_param {{ source: "{source}" backend: LMDB batch_size: 2 }}')
    assert top_shapes("Data", param, "TRAIN") == [(2, 3, 4, 5), (2,)]
    assert top_shapes("Data", param, 1) == [(2, 3, 4, 5), (2,)]


def test_a_missing_file_is_about_the_field_that_names_it() -> None:
    param = layer('data_param { source: "none" backend: LMDB batch_size: 2 }')
    with pytest.raises(FieldError, match="none") as caught:
        top_shapes("Data", param, "TRAIN")
    assert caught.value.field == "data_param.source"


def test_only_layers_with_a_feed_are_supported() -> None:
    assert supports("HDF5Data") and supports("WindowData")
    assert not supports("Convolution") and not supports("NoSuchData")
    with pytest.raises(UnsupportedError):
        top_shapes("Convolution", pb.LayerParameter(), "TRAIN")
