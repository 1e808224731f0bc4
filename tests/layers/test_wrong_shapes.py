"""Wrong ranks, numbers, sizes and parameters of every layer type give its own errors, no others."""

from __future__ import annotations

import random
from typing import Any

import pytest
from google.protobuf import text_format
from google.protobuf.descriptor import FieldDescriptor

from caffe2torch import caffe_pb2 as pb
from caffe2torch import layers
from caffe2torch.errors import C2TError
from caffe2torch.layers.base import Example, Layer
from tests.layers.one_layer import Shapes, one_graph

TRIES = 60
SIZES = (0, 1, 1, 2, 3, 4, 5, 7)
NUMBERS = {
    FieldDescriptor.CPPTYPE_INT32: (-(2**31), -3, -1, 0, 1, 2, 5, 2**31 - 1),
    FieldDescriptor.CPPTYPE_INT64: (-(2**31), -1, 0, 1, 2, 2**31 - 1),
    FieldDescriptor.CPPTYPE_UINT32: (0, 1, 2, 3, 5, 2**32 - 1),
    FieldDescriptor.CPPTYPE_UINT64: (0, 1, 2, 2**32),
    FieldDescriptor.CPPTYPE_FLOAT: (-1.0, 0.0, 0.5, 2.0, 1e38, float("nan"), float("inf")),
    FieldDescriptor.CPPTYPE_DOUBLE: (-1.0, 0.0, 0.5, 2.0, 1e38, float("nan"), float("-inf")),
    FieldDescriptor.CPPTYPE_BOOL: (True, False),
    FieldDescriptor.CPPTYPE_STRING: ("", "x", "x\0y"),
}


def wrong(layer: Layer, chance: random.Random) -> tuple[str, Shapes, int]:
    """Parameters, bottoms and number of tops near an example of the layer's."""
    example = chance.choice(layer.examples or (Example(bottoms=[(2, 3, 4, 5)]),))
    param = text_format.Parse(example.text, pb.LayerParameter())
    if layer.param_field and chance.random() < 0.6:
        vary(getattr(param, layer.param_field), chance)
    count = chance.choice([len(example.bottoms)] * 4 + [0, 1, 2, 3, 4, 5])
    bottoms = [shape(example, i, chance) for i in range(count)]
    tops = chance.choice([example.tops] * 4 + [0, 1, 2, 3])
    return text_format.MessageToString(param), bottoms, tops


def shape(example: Example, index: int, chance: random.Random) -> tuple[int, ...]:
    """The shape of a bottom as in the example, of any rank, or with one size changed."""
    sizes = list(example.bottoms[index % len(example.bottoms)]) if example.bottoms else [2, 3]
    kind = chance.random()
    if kind < 0.35 or not sizes:
        return tuple(sizes)
    if kind < 0.75:
        return tuple(chance.choice(SIZES) for _ in range(chance.randint(0, 6)))
    sizes[chance.randrange(len(sizes))] = chance.choice((0, 1, 2, 3, 1 << 20))
    return tuple(sizes)


def vary(message: Any, chance: random.Random) -> None:
    """Set some fields of a message to values that are unlikely to fit."""
    fields = list(message.DESCRIPTOR.fields)
    for field in chance.sample(fields, min(len(fields), chance.randint(1, 3))):
        values: Any = NUMBERS.get(field.cpp_type)
        if field.enum_type is not None:
            values = [value.number for value in field.enum_type.values]
        if field.message_type is not None or not values or field.type == field.TYPE_BYTES:
            continue
        message.ClearField(field.name)
        if hasattr(getattr(message, field.name), "extend"):
            getattr(message, field.name).extend(chance.choices(values, k=chance.randint(0, 3)))
        else:
            setattr(message, field.name, chance.choice(values))


@pytest.mark.parametrize("layer", layers.every(), ids=lambda layer: layer.type)
def test_only_errors_of_its_own_come_out(layer: Layer) -> None:
    chance = random.Random(layer.type)
    for _ in range(TRIES):
        text, bottoms, tops = wrong(layer, chance)
        phase = chance.choice(["TRAIN", "TEST"])
        try:
            node = one_graph(layer.type, text, bottoms, tops, phase).node("l")
        except C2TError:
            continue
        except Exception as error:
            raise AssertionError(f"{text!r} with {bottoms}, {tops} tops: {error!r}") from error
        for call in (
            lambda n=node: n.layer.cost(n.site, n.top_shapes),
            lambda n=node: n.layer.remembers(n.site, n.top_shapes, True),
            lambda n=node: n.layer.bounds(n.site),
            lambda n=node: n.layer.late(n.site),
            lambda n=node: n.layer.code(n.site),
        ):
            try:
                call()
            except (C2TError, NotImplementedError):
                pass
            except Exception as error:
                raise AssertionError(f"{text!r} with {bottoms}, {tops} tops: {error!r}") from error


@pytest.mark.parametrize(
    ("kind", "text", "bottoms", "message"),
    [
        ("TripletLoss", "", [(), (2,)], "shape (), and at least 1 axes are wanted"),
        ("SmoothL1LossOHEM", "", [(1, 2, 3, 4, 5)] * 2, "1 to 4 axes are wanted"),
        ("TopK", "topk_param { k: 1 a: nan }", [(2, 3)], "a is nan"),
        ("CTCGreedyDecoder", "", [(3,)], "at least 2 axes are wanted"),
        ("HardMining", "", [(2, 3), (2, 3)], "makes 1 top here, and has 2"),
    ],
)
def test_a_wrong_rank_is_a_message(kind: str, text: str, bottoms: Shapes, message: str) -> None:
    with pytest.raises(C2TError) as error:
        one_graph(kind, text, bottoms, 2 if kind == "HardMining" else 1)
    assert message in str(error.value)
