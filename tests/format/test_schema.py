"""Setting messages: equal to protobuf's own text_format, with better errors."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from google.protobuf import text_format
from hypothesis import example, given, settings
from hypothesis import strategies as st

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import C2TError, ParseError, SchemaError
from caffe2torch.format import schema


def net(source: str) -> pb.NetParameter:
    return schema.parse_message(source, "NetParameter", "net.prototxt").message


def bits(message) -> bytes:
    """The message as bytes, so that NaN equals itself."""
    return message.SerializeToString(deterministic=True)


LISTS = re.compile(r"\b(kernel_size|stride|pad)(\s*:?(?:\s|#[^\n]*\n)*\[)")


def protobuf(source: str, message):
    """What protobuf reads, once lists of pooling sizes have the name of Intel's fields."""
    renamed = re.sub(r"pooling_param\s*\{[^{}]*\}", lambda m: LISTS.sub(r"\1_3d\2", m[0]), source)
    try:
        return text_format.Parse(renamed, message)
    except (text_format.ParseError, UnicodeError):
        return None


VALUES = [
    "1", "0", "-1", "007", "08", "0x1F", "-0x1f", "0b1", "1_0", "4294967295", "4294967296",
    "2147483648", "-2147483649", "1.5", ".5", "1.", "1e-5", "1e400", "1.0f", "1.5F", "inf", "-inf",
    "Infinity", "nan", "-nan", "nanf", "00.5", "01", "true", "false", "t", "f", "True", "TRUE",
    "MAX", "AVE", "max", "2", "9", "TRAIN", "'a'", '"a" \'b\'', '"\\n\\x41\\101\\\\"', '"\\"',
    "'\\xe4'", '"ä"', '"\\u00e4"', "a-b", "+5", "[1, 2]", "[]", "{}", "<>", "- 1", "1 2",
]  # fmt: skip
FIELDS = [
    "name", "input_dim", "force_backward", "input_shape { dim", "layer { phase", "layer { type",
    "layer { pooling_param { pool", "layer { pooling_param { pad", "layer { power_param { scale",
    "layer { convolution_param { kernel_size", "layer { loss_weight", "layer { blobs { raw_data",
    "layer { blobs { double_data", "state { level", "layer", "layer { nosuch",
]  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(FIELDS), st.sampled_from(VALUES)), min_size=1, max_size=3),
    st.sampled_from([" ", "\n", ", ", ";", " # c\n", "\r\n"]),
    st.sampled_from([": ", ":", " : # x\n", " "]),
)
@example([("layer { pooling_param { pad", "[1, 2]")], " ", " : # x\n")
def test_equals_protobuf(fields: list[tuple[str, str]], gap: str, colon: str) -> None:
    source = gap.join(f"{f}{colon}{v}{' }' * f.count('{')}" for f, v in fields)
    expected = protobuf(source, pb.NetParameter())
    if expected is None:
        # Only C++ takes a blank behind a minus, and bytes that are not UTF-8; and `dim []` without
        # a colon does no harm.
        if "- 1" not in source and "[]" not in source and r"\xe4" not in source:
            with pytest.raises(C2TError):
                net(source)
    else:
        assert bits(net(source)) == bits(expected)


def test_corpus_equals_protobuf(zoo: Path) -> None:
    read = refused = 0
    with (zoo / "index.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["bvlc_parses"]]
    for row in rows:
        kind = "SolverParameter" if row["kind"] == "solver" else "NetParameter"
        data = (zoo / row["path"]).read_bytes().decode("utf-8", "surrogateescape")
        expected = protobuf(data, schema.message_class(kind)())
        try:
            message = schema.read(zoo / row["path"], kind).message
        except C2TError as error:
            assert expected is None, error
            assert row["bvlc_parses"] == "no", error
            assert error.span is not None
            refused += 1
        else:
            if expected is None:  # TSN's list of devices, which no BVLC Caffe reads
                assert row["bvlc_parses"] == "no" and message.device_id_list, row["path"]
                continue
            assert bits(message) == bits(expected), row["path"]
            read += 1
    assert read > 10 * refused > 0


@pytest.mark.parametrize(
    ("source", "place", "message", "hint"),
    [
        (
            "layer {\n  nmae: 'x' }",
            "2:3",
            '"nmae" is not a field of LayerParameter',
            'did you mean "name"?',
        ),
        (
            "layer { convolution_param { kernal_size: 3 } }",
            "1:29",
            '"kernal_size" is not a field of ConvolutionParameter',
            'did you mean "kernel_size"?',
        ),
        (
            "layer { lr_mult: 1 }",
            "1:9",
            '"lr_mult" is not a field of LayerParameter',
            "lr_mult is a field of param: write param { lr_mult: ... }",
        ),
        ("frobnicate: 1", "1:1", '"frobnicate" is not a field of NetParameter', None),
        (
            "layer { pooling_param { pool: AVG } }",
            "1:31",
            'AVG is not a value of "pool"',
            'did you mean "AVE"? it is one of MAX, AVE, STOCHASTIC, MIN',
        ),
        (
            "layer { face_group_output_param { } }",
            "1:9",
            '"face_group_output_param" is not a field of LayerParameter',
            schema.FORKS_FIELD,
        ),
        (
            "layer { pooling_param { pool: MEDIAN } }",
            "1:31",
            'MEDIAN is not a value of "pool"',
            "it is one of MAX, AVE, STOCHASTIC, MIN",
        ),
        (
            "layer { convolution_param { num_output: 'four' } }",
            "1:41",
            "\"num_output\" takes an integer of 0 or more, not 'four'",
            None,
        ),
        (
            "layer { pooling_param { pad: -1 } }",
            "1:30",
            '"pad" takes an integer of 0 or more, not -1 (-1 is outside 0 to 4294967295)',
            None,
        ),
        (
            "input_dim: 3000000000",
            "1:12",
            '"input_dim" takes an integer, not 3000000000 '
            "(3000000000 is outside -2147483648 to 2147483647)",
            None,
        ),
        ("layer { power_param { scale: x } }", "1:30", '"scale" takes a number, not x', None),
        ("force_backward: maybe", "1:17", '"force_backward" takes true or false, not maybe', None),
        ("name: lenet", "1:7", '"name" takes a quoted string, not lenet', None),
        ("name: { }", "1:7", '"name" of NetParameter is a quoted string, not a message', None),
        ("layer: 3", "1:8", '"layer" is a message, not 3', "write layer { ... }"),
        (
            "name: 'a'\nname: 'b'",
            "2:1",
            '"name" of NetParameter is given twice, first in line 1',
            "keep one of them",
        ),
        (
            "state {}\nstate {}",
            "2:1",
            '"state" of NetParameter is given twice, first in line 1',
            "keep one of them",
        ),
        (
            "name: ['a', 'b', 'c']",
            "1:1",
            '"name" of NetParameter takes one value, not a list',
            "keep one of them",
        ),
        (
            "layer {}\nlayer { clip_param { min: 0 } }",
            "2:9",
            '"max" is missing in layer[1].clip_param',
            None,
        ),
    ],
)
def test_errors(source: str, place: str, message: str, hint: str | None) -> None:
    with pytest.raises(SchemaError) as caught:
        net(source)
    assert str(caught.value.span) == f"net.prototxt:{place}"
    assert (caught.value.message, caught.value.hint) == (message, hint)


def test_all_errors_of_a_file_are_told() -> None:
    with pytest.raises(schema.SeveralSchemaError) as caught:
        net("a: 1\nlayer { b: 2 phase: 7 }")
    assert [str(e.span) for e in caught.value.errors] == [
        "net.prototxt:1:1",
        "net.prototxt:2:9",
        "net.prototxt:2:21",
    ]
    assert str(caught.value).count("\n") == 2


def test_text_that_is_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "net.prototxt"
    path.write_bytes(b"name: 'x' # caf\xe9")
    parsed = schema.read(path, "NetParameter")
    assert parsed.message.name == "x"
    assert parsed.document is not None
    assert parsed.document.text.encode("utf-8", "surrogateescape") == path.read_bytes()
    path.write_bytes(b"name: 'caf\xe9'")
    assert schema.serialized(schema.read(path, "NetParameter").message) == b"\n\x04caf\xe9"


@pytest.mark.parametrize(
    ("data", "match"),
    [
        (b"\x89HDF\r\n\x1a\n\0\0", "an HDF5 file"),
        (b"PK\x03\x04\0", "a zip archive"),
        (b"\xff\xfen\0a\0", "UTF-16 text"),
        (b"version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer"),
        (b"<!doctype html><html>", "a web page"),
        (b"\x08\x07\x10\x07", "another kind of file"),
        (b"\0\0\0\0", "damaged, cut short"),
    ],
)
def test_other_kinds_of_file(tmp_path: Path, data: bytes, match: str) -> None:
    path = tmp_path / "net"
    path.write_bytes(data)
    with pytest.raises(ParseError, match=match):
        schema.read(path, "NetParameter")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nosuch"):
        with pytest.raises(ParseError, match="cannot be read"):
            schema.read(path, "NetParameter")


def test_binary_is_known_by_its_content(tmp_path: Path) -> None:
    path = tmp_path / "net.prototxt"
    message = pb.NetParameter(name="n" * 32, layer=[pb.LayerParameter(name="a")])
    schema.write_binary(message, path)
    parsed = schema.read(path, "NetParameter")
    assert (parsed.message, parsed.document) == (message, None)


def test_an_empty_file_is_an_empty_message(tmp_path: Path) -> None:
    path = tmp_path / "empty"
    path.write_bytes(b"")
    assert schema.read(path, "NetParameter").message == pb.NetParameter()


def test_written_text_reads_back(tmp_path: Path) -> None:
    path = tmp_path / "net.prototxt"
    message = net('name: "ä\\n\\"" layer { loss_weight: [0.1, inf, 1e-07] phase: TEST }')
    schema.write_text(message, path)
    assert schema.read(path, "NetParameter").message == message
    assert list(tmp_path.iterdir()) == [path]


def test_writing_where_one_cannot(tmp_path: Path) -> None:
    with pytest.raises(C2TError, match="cannot be written"):
        schema.write_text(pb.NetParameter(), tmp_path / "no" / "net.prototxt")


def test_the_first_resize_param_counts_and_further_ones_are_kept() -> None:
    sizes = "resize_param { height: 608 } resize_param { height: 416 } resize_param { height: 320 }"
    transform = net(f"layer {{ transform_param {{ {sizes} }} }}").layer[0].transform_param
    assert transform.resize_param.height == 608
    assert [size.height for size in transform.more_resize_param] == [416, 320]
    with pytest.raises(SchemaError, match="given twice"):
        net("layer { transform_param { crop_size: 1 crop_size: 2 } }")


def test_what_was_meant_is_looked_up_for_the_first_hundred_unknown_fields() -> None:
    source = "".join(f"nane: {i}\n" for i in range(120))
    with pytest.raises(schema.SeveralSchemaError) as raised:
        schema.parse_message(source, "NetParameter", "net.prototxt")
    hints = [error.hint for error in raised.value.errors]
    assert hints == ['did you mean "name"?'] * 100 + [None] * 20


@pytest.mark.parametrize(
    ("name", "misspelt"),
    [
        ("botom", True),
        ("nam", True),
        ("propagate_dwn", True),
        ("force_layout", False),
        ("xame", False),
    ],
)
def test_a_layers_own_field_with_a_letter_wrong_is_an_error_even_where_forks_are_read(
    name: str, misspelt: bool
) -> None:
    source = f'layer {{ name: "l" type: "TanH" {name}: "x" }}'
    if misspelt:
        with pytest.raises(schema.SeveralSchemaError, match=name):
            schema.parse_message(source, "NetParameter", "net.prototxt", lenient=True)
    else:
        parsed = schema.parse_message(source, "NetParameter", "net.prototxt", lenient=True)
        assert [error.message.split()[0] for error in parsed.unknown] == [f'"{name}"']


@pytest.mark.parametrize("blank", ["$WIDTH$", "$WIDTH", "${WIDTH}", "$(WIDTH)", "@WIDTH@"])
def test_what_a_template_leaves_open_is_named_and_left_out(blank: str) -> None:
    source = f'layer {{ name: "a" transform_param {{ crop_size: {blank} scale: cls3x }} }}'
    with pytest.raises(SchemaError, match="left open") as caught:
        net(source)
    assert str(caught.value.span) == "net.prototxt:1:48"
    parsed = schema.parse_message(source, "NetParameter", "net.prototxt", lenient=True)
    assert [error.message for error in parsed.unknown] == [
        f'"crop_size" is left open: {blank} stands for an integer of 0 or more',
        '"scale" takes a number, not cls3x',
    ]
    assert parsed.message.layer[0].name == "a"
    assert not parsed.message.layer[0].transform_param.HasField("crop_size")
