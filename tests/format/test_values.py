"""Values of prototxt, as text_format reads them: numbers, strings, names of enums."""

from __future__ import annotations

from math import inf, isnan
from typing import Any

import pytest
from google.protobuf import text_format

from caffe2torch import caffe_pb2 as pb
from caffe2torch.format.values import CONVERTERS, enum_converter, string_of

REFUSED = (ValueError, text_format.ParseError)


def convert(message: type[Any], field: str, raw: str) -> Any:
    convert_one, _ = CONVERTERS[message.DESCRIPTOR.fields_by_name[field].type]
    return convert_one(raw)


@pytest.mark.parametrize(
    ("raw", "value"), [("7", 7), ("-7", -7), ("- 7", -7), ("0x1F", 31), ("017", 15), ("0", 0)]
)
def test_integers(raw: str, value: int) -> None:
    assert convert(pb.SolverParameter, "max_iter", raw) == value


@pytest.mark.parametrize("raw", ["2147483648", "-2147483649", "1.0", "x", "1e3"])
def test_what_is_no_int32(raw: str) -> None:
    with pytest.raises(REFUSED):
        convert(pb.SolverParameter, "max_iter", raw)


def test_unsigned_integers_begin_at_0() -> None:
    assert convert(pb.ConvolutionParameter, "num_output", "4294967295") == 2**32 - 1
    with pytest.raises(ValueError, match="-1 is outside 0 to 4294967295"):
        convert(pb.ConvolutionParameter, "num_output", "-1")


@pytest.mark.parametrize(
    ("raw", "value"), [("0.5", 0.5), ("1e-3", 0.001), ("2f", 2.0), ("-inf", -inf), (".5", 0.5)]
)
def test_floats(raw: str, value: float) -> None:
    assert convert(pb.SolverParameter, "base_lr", raw) == value


def test_not_a_number_is_a_float() -> None:
    assert isnan(convert(pb.SolverParameter, "base_lr", "nan"))


@pytest.mark.parametrize(
    ("raw", "value"), [("true", True), ("t", True), ("1", True), ("false", False), ("0", False)]
)
def test_truth(raw: str, value: bool) -> None:
    assert convert(pb.SolverParameter, "debug_info", raw) is value


@pytest.mark.parametrize("raw", ["yes", "TRUE", "2", '"true"'])
def test_what_is_no_truth(raw: str) -> None:
    with pytest.raises(REFUSED):
        convert(pb.SolverParameter, "debug_info", raw)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ('"a"', "a"),
        ("'a'", "a"),
        ('"a" "b"', "ab"),
        ('"a" # why\n "b"', "ab"),
        (r'"a\"b\n\x41\101"', 'a"b\nAA'),
        (r'"caf\303\251"', "caf\u00e9"),
        ('"it\'s"', "it's"),
    ],
)
def test_strings(raw: str, value: str) -> None:
    assert string_of(raw) == value


def test_what_is_no_string() -> None:
    with pytest.raises(ValueError, match="expected a quoted string, found a"):
        string_of("a")
    with pytest.raises(ValueError, match="a backslash stands in front of a byte"):
        string_of('"caf\\\udce9"')


def test_an_enum_by_name_or_number() -> None:
    field = pb.NetState.DESCRIPTOR.fields_by_name["phase"]
    convert_one = enum_converter(field, field.enum_type)
    assert (convert_one("TRAIN"), convert_one("TEST"), convert_one("1")) == (0, 1, 1)
    with pytest.raises(REFUSED):
        convert_one("VAL")
