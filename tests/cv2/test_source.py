"""A net from files or from memory, text or binary, and the digest of both."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from caffe2torch import caffe_pb2 as pb
from caffe2torch.cv2.source import Source, is_path
from caffe2torch.errors import C2TError

TEXT = 'name: "n" layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 2 } } }'


def binary() -> bytes:
    message = pb.NetParameter(name="n")
    message.layer.add(name="x", type="Input", top=["x"]).input_param.shape.add(dim=[2])
    return message.SerializeToString()


@pytest.mark.parametrize(
    "given",
    [TEXT.encode(), bytearray(TEXT.encode()), np.frombuffer(TEXT.encode(), np.uint8), binary()],
    ids=["bytes", "bytearray", "array", "binary"],
)
def test_memory_holds_the_net_that_a_file_holds(given: object, tmp_path: Path) -> None:
    path = tmp_path / "n.prototxt"
    path.write_text(TEXT)
    assert Source(given).net().message == Source(path).net().message
    assert not is_path(given) and is_path(path) and is_path(str(path))


@pytest.mark.parametrize("given", [b"layer {", b"", b'name: "n"', b"\x0a\xff\xff"])
def test_what_is_no_net_is_refused(given: bytes) -> None:
    with pytest.raises(C2TError):
        Source(given).net()


def test_weights_have_a_file_while_they_are_read(tmp_path: Path) -> None:
    (tmp_path / "w").write_bytes(b"weights")
    with Source("", tmp_path / "w").weights_path() as path:
        assert path == tmp_path / "w"
    with Source("", b"weights").weights_path() as path:
        assert path is not None and path.read_bytes() == b"weights"
    assert not path.exists()
    with Source("").weights_path() as path:
        assert path is None


def test_the_digest_is_of_the_content(tmp_path: Path) -> None:
    (tmp_path / "n").write_text(TEXT)
    (tmp_path / "w").write_bytes(b"weights")
    filed, held = Source(tmp_path / "n", tmp_path / "w"), Source(TEXT.encode(), b"weights")
    assert filed.digest == held.digest
    others = [Source(TEXT.encode(), b"others"), Source(b"weights", TEXT.encode()), Source(b"")]
    assert len({source.digest for source in (held, *others)}) == 4
    with pytest.raises(OSError, match="gone"):
        _ = Source(str(tmp_path / "gone")).digest
