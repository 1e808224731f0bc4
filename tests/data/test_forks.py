"""A fork's field is refused where it would change the data, and only where it is set."""

from __future__ import annotations

import pytest

from caffe2torch import caffe_pb2 as pb
from caffe2torch.data.forks import refuse
from caffe2torch.errors import UnsupportedError


def test_a_foreign_field_is_named_with_its_message() -> None:
    param = pb.ImageDataParameter(source="list", short_side=256)
    with pytest.raises(UnsupportedError, match=r"image_data_param\.short_side") as caught:
        refuse(param, "image_data_param", lambda name: name == "short_side")
    assert caught.value.hint == "remove short_side"


def test_caffes_fields_and_defaults_pass() -> None:
    refuse(pb.ImageDataParameter(source="list"), "image_data_param", lambda name: name != "source")
    default = pb.ImageDataParameter.DESCRIPTOR.fields_by_name["short_side"].default_value
    unset = pb.ImageDataParameter(short_side=default)  # written, and without effect
    refuse(unset, "image_data_param", lambda name: name == "short_side")
