"""Random text: what protobuf accepts reads the same here, all else is one clear error."""

from __future__ import annotations

from google.protobuf import text_format
from hypothesis import given, settings
from hypothesis import strategies as st

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import C2TError
from caffe2torch.format import schema, text

TOKENS = [
    "layer", "name", "state", "input_dim", "input_shape", "dim", "phase", "TRAIN", "layers", "type",
    "RELU", "loss_weight", "param", "lr_mult", "{", "}", "<", ">", ":", ":", ":", ",", ";", "[",
    "]", "1", "-", "2", "-1", "0.5", ".", "1e3", "0x", "_", "+", "a-b", "é", "\ufeff",
    '"a"', "'b'", '"', '"x\\',
    " ", "\n", "\t", "\r\n", "\x0b", "\xa0", "# c\n", "#",
]  # fmt: skip
FIELDS = [
    "layer {", "}", 'name: "a"', "input_dim: 3", "input_dim: [1, 2]", "state < phase: TEST >",
    "loss_weight:.5", 'layer: [{name: "x"}, <>]', ",", ";", "# c\n",
    "input_shape { dim: 1 dim: 2 }", '"b"', "'c'", "[]", ": ",
    "layer { pooling_param { pool: MAX } }", "}\r\n",
]  # fmt: skip


def check(source: str) -> None:
    try:
        message = schema.parse_message(source, "NetParameter", "f").message
    except C2TError as error:
        assert error.span is not None
        assert 0 <= error.span.start <= len(source)
        message = None
    try:
        expected = text_format.Parse(source, pb.NetParameter())
    except (text_format.ParseError, UnicodeError):
        return
    assert message == expected


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(TOKENS), max_size=14), st.sampled_from(["", " "]))
def test_tokens(tokens: list[str], gap: str) -> None:
    check(gap.join(tokens))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(FIELDS), max_size=9), st.sampled_from(["", " ", "\n"]))
def test_fields(fields: list[str], gap: str) -> None:
    check(gap.join(fields))


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_any_text(source: str) -> None:
    check(source)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(FIELDS), max_size=9))
def test_places_hold_what_was_read(fields: list[str]) -> None:
    source = "\n".join(fields)
    try:
        document = text.parse(source, "f")
    except C2TError:
        return
    for field in text.walk(document.root):
        assert source[field.start : field.end] == field.name
        if isinstance(field.value, text.Scalar):
            assert source[field.value.start : field.value.end] == field.value.raw
        else:
            assert source[field.value.open] in "{<"
            assert source[field.value.end - 1] in "}>"


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=80), st.sampled_from(["NetParameter", "SolverParameter"]))
def test_any_bytes(data: bytes, type_name: str) -> None:
    try:
        schema.parse_binary(data, type_name, "f")
        schema.parse_message(schema.decode(data, "f"), type_name, "f")
    except C2TError as error:
        assert "f" in str(error)
