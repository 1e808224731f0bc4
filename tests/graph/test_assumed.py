"""What is guessed of data that are missing, and which errors rest on the guess."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf import text_format

from caffe2torch import caffe_pb2 as pb
from caffe2torch import layers
from caffe2torch.errors import ShapeError
from caffe2torch.graph import assumed
from caffe2torch.layers.base import Layer, Shape, Site

MEMORY = (
    'layer { name: "m" type: "MemoryData" top: "%s" memory_data_param '
    "{ batch_size: 1 channels: 1 height: 20 width: 30 } }"
)


def site(text: str, **bottoms: Shape) -> tuple[Layer, Site]:
    param = text_format.Parse(text, pb.LayerParameter())
    fields: dict[str, Any] = {
        "name": "l", "type": param.type, "param": param, "train": True,
        "bottoms": list(bottoms.values()), "bottom_names": list(bottoms), "top_names": [*param.top],
    }  # fmt: skip
    return layers.find(param.type), Site(**fields)


def data(transform: str = "") -> tuple[Layer, Site]:
    source = 'type: "Data" top: "x" top: "y" data_param { source: "no" batch_size: 4 }'
    return site(f"{source} transform_param {{ {transform} }}")


def net(text: str) -> pb.NetParameter:
    return text_format.Parse(text, pb.NetParameter())


def test_a_memory_data_layer_of_the_same_top_says_the_size() -> None:
    assert assumed.first(*data(), net(MEMORY % "x")) == [(4, 1, 20, 30), (4,)]
    assert assumed.first(*data(), net(MEMORY % "z")) == [(4, 3, 224, 224), (4,)]
    sparse = site('type: "SparseData" top: "x" top: "y" sparse_data_param { batch_size: 2 }')
    assert assumed.first(*sparse, net(MEMORY % "x"))[0] == (2, 1000)
    halved = (MEMORY % "x").replace("width: 30", "")
    assert assumed.first(*data(), net(halved)) == [(4, 3, 224, 224), (4,)]


def test_a_crop_says_the_size_itself() -> None:
    assert assumed.first(*data("crop_size: 9"), net(MEMORY % "x")) == [(4, 3, 9, 9), (4,)]


@pytest.mark.parametrize(
    ("transform", "noted"),
    [
        ("", True),
        ("resize_param { height: 8 width: 8 resize_mode: FIT_SMALL_SIZE }", True),
        ("crop_size: 9", False),
        ("resize_param { height: 8 width: 8 resize_mode: WARP }", False),
    ],
)
def test_a_size_that_the_net_fixes_is_no_guess(transform: str, noted: bool) -> None:
    _, place = data(transform)
    guess = '"x" (4, 3, 8, 8), "y" (4,)'
    expected = {"x": guess, "y": guess} if noted else {}
    assert assumed.note(place, [(4, 3, 8, 8), (4,)]) == expected


@pytest.mark.parametrize(
    ("text", "rests"),
    [
        # 5 pixels are too few for this kernel, and would not be if there were more.
        ('type: "Convolution" convolution_param { num_output: 2 kernel_size: 6 }', "guess"),
        # num_output is missing for any size.
        ('type: "Convolution" convolution_param { kernel_size: 3 }', ""),
        # A pad of 3 is too large for a kernel of 3 whatever the sizes are.
        ('type: "Pooling" pooling_param { kernel_size: 3 pad: 3 }', ""),
    ],
)
def test_an_error_rests_on_a_guess_if_other_sizes_would_change_it(text: str, rests: str) -> None:
    layer, place = site(f'{text} top: "t"', x=(1, 3, 5, 5))
    with pytest.raises(ShapeError) as caught:
        layer.shapes(place)
        layer.blobs(place)
    assert assumed.rests_on(layer, place, caught.value, {"x": "guess"}) == rests
    assert assumed.rests_on(layer, place, caught.value, {"z": "guess"}) == ""
