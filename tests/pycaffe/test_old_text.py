"""Text that is bytes, as it was in Python 2: files, buffers and methods."""

from __future__ import annotations

import hashlib
import pickle
import struct
from pathlib import Path
from typing import Any

import lmdb
import numpy as np
import pytest

from caffe2torch import caffe_pb2 as pb
from caffe2torch.pycaffe import old_text
from caffe2torch.pycaffe.old_text import call, opened

BINARY = b"\xff\xd8a\r\n\xc3\xa4\x00"


def test_a_file_gives_what_it_holds_and_takes_it_back(tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_bytes(BINARY)
    with opened(str(file)) as stream:
        text = stream.read()
    assert isinstance(text, str) and old_text.to_bytes(text) == BINARY
    with opened(str(file), "w") as stream:
        call(stream, "write", text)
        call(stream, "write", b"\xfe")
    assert file.read_bytes() == BINARY + b"\xfe"
    with opened(str(file), "rb") as stream:
        assert stream.read(2) == b"\xff\xd8"
    file.write_bytes(b"a\r\nb\rc\n")
    lines = {"r": ["a\r\n", "b\rc\n"], "rU": ["a\n", "b\n", "c\n"]}
    for mode, wanted in lines.items():
        with opened(str(file), mode) as stream:
            assert list(stream) == wanted
    with opened(str(file), encoding="latin-1") as stream:
        assert stream.read() == "a\nb\nc\n"


def test_str_of_bytes_is_text_if_it_can_be() -> None:
    assert old_text.text(b"0001") == "0001"
    assert old_text.text(bytearray(b"\xff")) == b"\xff"
    assert (old_text.text(), old_text.text(5), old_text.text(b"a", "ascii")) == ("", "5", "a")


@pytest.mark.parametrize(
    ("owner", "name", "args", "value"),
    [
        (b"a b", "split", (" ",), [b"a", b"b"]),
        ("a b", "split", (b" ",), ["a", "b"]),
        (b"", "join", (["a", b"b"],), b"ab"),
        (",", "join", ([b"a", "b"],), "a,b"),
        ("x", "decode", ("utf-8",), "x"),
        ("4142", "decode", ("hex",), b"AB"),
        (struct, "unpack", ("<H", "\x01\x02"), (513,)),
        ("{:>6}|{}", "format", ((1, 2), 3), "(1, 2)|3"),
        ({"a": 1}, "get", ("a",), 1),
    ],
)
def test_a_method_takes_one_for_the_other(
    owner: Any, name: str, args: tuple[Any, ...], value: Any
) -> None:
    assert call(owner, name, *args) == value


def test_messages_databases_and_hashes_take_text(tmp_path: Path) -> None:
    datum = pb.Datum(label=3, data=BINARY)
    serialized = datum.SerializeToString().decode("utf-8", "surrogateescape")
    again = pb.Datum()
    call(again, "ParseFromString", serialized)
    assert again == datum
    with lmdb.open(str(tmp_path), map_size=1 << 20) as environment:
        with environment.begin(write=True) as transaction:
            call(transaction, "put", "0001", datum.SerializeToString())
        with environment.begin() as transaction:
            assert call(transaction, "get", "0001") == datum.SerializeToString()
    assert call(hashlib, "md5", "x").hexdigest() == hashlib.md5(b"x").hexdigest()


def test_pickles_of_python_2_are_read_from_any_file(tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_bytes(
        b"(dp0\nS'mean'\np1\nS'\\xff\\x00'\np2\ns."
    )  # {'mean': '\xff\x00'}, protocol 0
    for mode in ("r", "rb"):
        with opened(str(file), mode) as stream:
            assert call(pickle, "load", stream) == {"mean": "\xff\x00"}
    with opened(str(file), "w") as stream:
        call(pickle, "dump", [1], stream)
    assert call(pickle, "loads", file.read_bytes()) == [1]
    np.save(tmp_path / "x.npy", np.arange(3))
    with opened(str(tmp_path / "x.npy")) as stream:
        assert call(np, "load", stream).tolist() == [0, 1, 2]


def test_a_refusal_of_the_program_or_for_another_reason_stays() -> None:
    calls = []

    class Own:
        def write(self, value: Any) -> None:
            calls.append(value)
            raise TypeError("mine")

    with pytest.raises(TypeError, match="mine"):
        call(Own(), "write", "x")
    assert calls == ["x"]
    with pytest.raises(TypeError):
        call("a", "split", 3)
    with pytest.raises(TypeError):
        call({}, "get", ["x"])
    with pytest.raises(AttributeError):
        call(3, "split", " ")


def test_a_buffer_takes_what_a_file_gave() -> None:
    text = BINARY.decode("utf-8", "surrogateescape")
    assert old_text.StringIO(text).read() == BINARY
    assert old_text.StringIO("ä").read() == "ä"
