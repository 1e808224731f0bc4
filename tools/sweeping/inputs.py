"""Hostile inputs by the kind of file that they take the place of."""

from __future__ import annotations

import io
import os
import random
import socket
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from caffe2torch import caffe_pb2 as pb
from tools.sweeping import nets
from tools.sweeping.good import KINDS

Input = bytes | Callable[[Path], object]
"""The content of a file, or what makes it."""
MB = nets.MOST
CUTS = (1, 10, 0.3, 0.7, -1)
"""Where a good file ends: bytes, or a part of it, or bytes from its end."""
HOSTILE = "\x1b]0;owned\x07\x9b2J‮\x08\x7f".encode()


def of(kind: str, good: Path) -> Iterator[tuple[str, Input]]:
    """All inputs of a kind; good: the folder of good files."""
    for group, made in (
        ("special", _special(kind, good)),
        ("wrong", _wrong(kind, good)),
        ("odd", _odd()),
    ):
        yield from ((f"{group}/{name}", content) for name, content in made)


def _odd() -> Iterator[tuple[str, Input]]:
    """What is no file of any kind."""
    yield "empty", b""
    yield "missing", lambda path: None
    yield "folder", lambda path: path.mkdir()
    yield "pipe", os.mkfifo
    yield "socket", _socket
    yield "device", lambda path: path.symlink_to("/dev/zero")
    yield "terminal", lambda path: path.symlink_to("/dev/tty")
    yield "loop", lambda path: path.symlink_to(path.name)
    yield "zeros", bytes(MB)
    yield "noise", random.Random(0).randbytes(MB)
    yield "line", b"a" * MB
    yield "spaces", b" " * MB
    yield "newlines", b"\n" * MB
    yield "not_utf8", b"\xff\xfe\xc8\xab" * 1000
    yield "steering", HOSTILE * 100
    yield "lines", (HOSTILE + b" 0\n") * 20_000
    yield "numbers", b"9" * 400_000 + b" " + b"1e999 -1 nan\n" * 20_000


def _socket(path: Path) -> None:
    before = Path.cwd()
    os.chdir(path.parent)  # a socket's name has few bytes
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(path.name)
    finally:
        os.chdir(before)


def _wrong(kind: str, good: Path) -> Iterator[tuple[str, Input]]:
    """Good files of other kinds, and this one's, cut short and with bytes changed."""
    there = {other: name for other, name in KINDS.items() if (good / name).is_file()}
    for other, name in there.items():
        yield f"is_{other}", (good / name).read_bytes()
    data = (good / KINDS[kind]).read_bytes()
    for cut in CUTS:
        at = int(cut * len(data)) if isinstance(cut, float) else cut
        yield f"cut_{cut}", data[:at]
    chance = random.Random(1)
    for number in range(6):
        spoiled = bytearray(data)
        for _ in range(1 + len(data) // 200):
            spoiled[chance.randrange(min(len(data), 2000))] = chance.choice((0, 1, 127, 128, 255))
        yield f"spoiled_{number}", bytes(spoiled)


def _special(kind: str, good: Path) -> Iterator[tuple[str, Input]]:
    """What is hostile to readers of one kind."""
    if kind == "net":
        yield from ((name, text.encode()[:MB]) for name, text in nets.SMALL.items())
        yield from ((name, text.encode()[:MB]) for name, text in nets.large())
    elif kind == "solver":
        yield from ((f"s_{n}", text.encode()[:MB]) for n, text in nets.solvers())
    elif kind == "weights":
        yield from _weights()
    elif kind == "solverstate":
        yield from _states()
    elif kind == "mean":
        yield "dims", pb.BlobProto(shape={"dim": [2**40, 2**40]}).SerializeToString()
        yield "many_dims", pb.BlobProto(shape={"dim": [1] * 100_000}, data=[1]).SerializeToString()
        yield "large", pb.BlobProto(num=1, channels=3, height=280, width=280, data=[1.0] * 235_200).SerializeToString()  # fmt: skip
        yield "nan", pb.BlobProto(num=1, channels=3, height=8, width=8, data=[float("nan")] * 192).SerializeToString()  # fmt: skip
    elif kind in ("mean_npy", "npz"):
        yield from _arrays(kind)
    elif kind == "image":
        yield from _images()
    elif kind == "idx":
        for name, dims in {"dims65": [1] * 65, "dims255": [0] * 255, "huge": [2**31] * 4, "negative": [2**32 - 1]}.items():  # fmt: skip
            yield name, struct.pack(f">HBB{len(dims)}I", 0, 8, len(dims), *dims)
        yield "bomb.gz", _gzip(bytes(200 * MB))
    elif kind == "tar":
        yield "bomb.tar.gz", _gzip(bytes(200 * MB))
    elif kind in ("list", "windows", "labels", "log", "metrics", "events"):
        yield from _texts(kind, good)
    elif kind in ("baseline", "coco", "about"):
        yield "deep", b"[" * MB
        yield "deep_objects", b'{"a":' * 150_000
        yield "number", b"1" * MB
        yield "null", b"null"
        yield "list", b"[1,2,3]"
        yield "objects", b"[" + b"{}," * 200_000 + b"{}]"
    elif kind == "config":
        yield "deep", b"a = " + b"[" * MB
        yield "keys", b"".join(b"[lint.k%d]\n" % i for i in range(40_000))
        yield "types", b"[lint]\nignore = 3\nselect = {a = 1}\n"
    elif kind == "hdf5":
        yield from _hdf5(good)
    elif kind in ("state_dict", "c2tstate", "exported"):
        yield from _archives(good / KINDS[kind])
    elif kind == "safetensors":
        yield from _safetensors()
    elif kind == "onnx":
        yield from _onnx(good)


def _weights() -> Iterator[tuple[str, Input]]:
    def net(*layers: pb.LayerParameter, **more: object) -> bytes:
        return pb.NetParameter(layer=layers, **more).SerializeToString()  # type: ignore[arg-type]

    def blob(dims: list[int], data: list[float] | None = None) -> pb.BlobProto:
        return pb.BlobProto(shape={"dim": dims}, data=data or [])

    def ip(*blobs: pb.BlobProto, name: str = "ip") -> pb.LayerParameter:
        return pb.LayerParameter(name=name, type="InnerProduct", blobs=blobs)

    yield "overflow", net(ip(blob([2**40, 2**40]), blob([4])))
    yield "large_dims", net(ip(blob([2**31, 2**31], [1.0]), blob([4], [1.0] * 4)))
    yield "negative", net(ip(blob([-4, 192], [1.0]), blob([4], [1.0] * 4)))
    yield "many_dims", net(ip(blob([1] * 100_000, [1.0])))
    yield "many_blobs", net(ip(*[blob([1], [1.0]) for _ in range(60_000)]))
    yield "many_layers", net(*[ip(blob([1], [1.0]), name=f"l{i}") for i in range(18_000)])
    yield "same_name", net(*[ip(blob([1], [1.0])) for i in range(18_000)])
    yield "nan", net(ip(blob([4, 192], [float("nan")] * 768), blob([4], [1e38] * 4)))
    yield "steering", net(*[ip(blob([1], [1.0]), name=f"\x1b]0;{i}\x07\x9b‮") for i in range(100)])
    yield (
        "bad_utf8",
        net(ip(blob([1], [1.0]), name="QQQQQQQ")).replace(b"QQQQQQQ", b"\xff\xfe\x1b[2J\0"),
    )
    deep = b""
    for _ in range(60_000):
        deep = b"\xa2\x06" + _varint(len(deep)) + deep if len(deep) < MB - 20 else deep
    yield "deep", deep
    yield "long_name", net(ip(blob([1], [1.0]), name="n" * 900_000))


def _varint(value: int) -> bytes:
    parts = b""
    while value > 127:
        parts += bytes([value & 127 | 128])
        value >>= 7
    return parts + bytes([value])


def _states() -> Iterator[tuple[str, Input]]:
    blob = pb.BlobProto(shape={"dim": [2**40, 2**40]})
    yield "overflow", pb.SolverState(iter=1, history=[blob] * 2).SerializeToString()
    yield "negative", pb.SolverState(iter=-5, current_step=-1).SerializeToString()
    one = pb.BlobProto(shape={"dim": [1]}, data=[1.0])
    yield "many", pb.SolverState(iter=1, history=[one] * 80_000).SerializeToString()
    yield "net", pb.SolverState(iter=1, learned_net="/dev/zero").SerializeToString()
    yield "names", pb.SolverState(iter=1, learned_net="\x1b]0;x\x07/../\x9b").SerializeToString()


def _arrays(kind: str) -> Iterator[tuple[str, Input]]:
    def npy(head: bytes, data: bytes = b"") -> bytes:
        return b"\x93NUMPY\x01\0" + struct.pack("<H", len(head)) + head + data

    heads = {
        "object": b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n",
        "huge": b"{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000, 1000), }\n",
        "overflow": b"{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807, 9), }\n",
        "negative": b"{'descr': '<f4', 'fortran_order': False, 'shape': (-1, 3), }\n",
        "axes": b"{'descr': '<f4', 'fortran_order': False, 'shape': (" + b"1," * 20_000 + b"), }\n",
        "code": b"__import__('os').system('id')\n",
        "deep": b"(" * 60_000,
        "complex": b"{'descr': '<c16', 'fortran_order': True, 'shape': (1,), }\n",
        "fields": b"{'descr': [('a', '<f4'), ('\\x1b[2J', 'O')], 'fortran_order': True, 'shape': (1,), }\n",
    }
    for name, head in heads.items():
        data = npy(head, bytes(16))
        yield name, data if kind == "mean_npy" else _zip({"images.npy": data, "labels.npy": data})
    if kind == "npz":
        bomb = npy(
            b"{'descr': '|u1', 'fortran_order': False, 'shape': (300000, 1, 32, 32), }\n",
            bytes(307_200_000),
        )
        yield "bomb", _zip({"images.npy": bomb, "labels.npy": bomb})


def _zip(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def _gzip(data: bytes) -> bytes:
    import gzip

    return gzip.compress(data)


def _images() -> Iterator[tuple[str, Input]]:
    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    def png(w: int, h: int, data: bytes, *more: bytes) -> bytes:
        head = chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, 8, 0, 0, 0, 0))
        parts = head + b"".join(more) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")
        return b"\x89PNG\r\n\x1a\n" + parts

    yield "huge", png(60_000, 60_000, b"")
    yield "bomb", png(9_000, 9_000, bytes(9_001 * 9_000))
    yield "wide", png(2**31 - 1, 1, b"")
    yield (
        "text_bomb",
        png(8, 8, bytes(72), chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(200 * MB)))),
    )
    yield "ppm", b"P6 2147483647 2147483647 255\n" + bytes(100)
    yield "bmp", b"BM" + struct.pack("<IIIIiiHHIIiiII", 60, 0, 54, 40, 2**31 - 1, 2**31 - 1, 1, 24, 0, 0, 0, 0, 0, 0)  # fmt: skip
    yield "gif", b"GIF89a\xff\xff\xff\xff\0\0\0,\0\0\0\0\xff\xff\xff\xff\0\x02\x02D\x01\0;"


def _texts(kind: str, good: Path) -> Iterator[tuple[str, Input]]:
    data = (good / KINDS[kind]).read_bytes()
    yield "again", data * (MB // max(len(data), 1))
    yield "last_line", data + HOSTILE + b" 9" * 400_000
    yield "zero_bytes", data.replace(b"\n", b"\0\n")
    if kind == "list":
        yield "outside", b"/etc/passwd 0\n../../../etc/passwd 1\n/dev/zero 2\n"
        yield "labels", b"photo.png 99999999999999999999\nphoto.png -1\nphoto.png 1e9\n"
    if kind == "windows":
        yield "counts", b"# 0\nphoto.png\n3\n8\n8\n2147483647\n"
        yield (
            "sizes",
            b"# 0\nphoto.png\n3\n2147483647\n2147483647\n1\n1 0.9 0 0 2147483646 2147483646\n",
        )
    if kind == "log":
        line = b"I0101 00:00:00.000000  1 solver.cpp:239] Iteration %d, loss = %s\n"
        yield "rows", b"".join(line % (i, b"nan") for i in range(14_000))
        yield "huge_iteration", b"".join(line % (10**i, b"1e%d" % i) for i in range(300))
        net = b"I0101 00:00:00.000000  1 solver.cpp:255]     Train net output #%d: x%d = 1\n"
        yield (
            "outputs",
            line % (0, b"1") + b"".join(net % (i, i) for i in range(11_000)) + line % (1, b"1"),
        )


def _hdf5(good: Path) -> Iterator[tuple[str, Input]]:
    import h5py

    def file(write: Callable[[h5py.File], object]) -> Callable[[Path], None]:
        def make(path: Path) -> None:
            with h5py.File(path, "w") as out:
                write(out)

        return make

    def bomb(out: h5py.File) -> None:
        zeros = {"chunks": (1000, 1000), "compression": "gzip", "fillvalue": 0}
        out.create_dataset("data", (400_000, 1000), "f4", **zeros)
        out.create_dataset("label", (400_000,), "f4", fillvalue=1)

    def links(out: h5py.File) -> None:
        out["data"] = h5py.SoftLink("/label")
        out["label"] = h5py.SoftLink("/data")

    def outside(out: h5py.File) -> None:
        out["data"] = h5py.ExternalLink("/dev/zero", "/x")
        out.create_dataset("label", (4,), "f4", external=[("/etc/passwd", 0, 16)])

    def many(out: h5py.File) -> None:
        for i in range(3_000):
            out.create_group(f"g{i}")

    def deep(out: h5py.File) -> None:
        out.create_group("/".join("a" * 900))

    def types(out: h5py.File) -> None:
        out["data"] = np.array(["a", "b"], dtype="S3")
        out["label"] = np.zeros(2, dtype=[("a", "f4"), ("b", "O" if False else "i8")])

    def steering(out: h5py.File) -> None:
        out["\x1b]0;x\x07‮"] = np.zeros(3)
        out["data"] = np.zeros((2, 3))

    yield from ((w.__name__, file(w)) for w in (bomb, links, outside, many, deep, types, steering))
    yield "shapes", file(lambda out: out.update(data=np.zeros((4, 3, 8, 8)), label=np.zeros(3)))


def _archives(good: Path) -> Iterator[tuple[str, Input]]:
    """Archives of torch.save that unpack to much, and pickles that call what they may not."""
    with zipfile.ZipFile(good) as archive:
        records = {name: archive.read(name) for name in archive.namelist()}
    root = next(iter(records)).partition("/")[0]
    yield "packed", _zip(records)
    bomb = {name: bytes(400 * MB) if "/data/0" in name else data for name, data in records.items()}
    yield "bomb", _zip(bomb)
    pickles = {
        "calls": b"cos\nsystem\n(S'id'\ntR.",
        "deep": b"]" * 400_000 + b"a" * 399_999 + b".",
        "cut": b"\x80\x02}q\x00(X\x05",
        "none": b"N.",
        "memo": b"\x80\x02" + b"N\x94" * 200_000 + b".",
        "long": b"\x80\x02\x8b\xff\xff\xff\x7f" + b"\xff" * 100 + b".",
        "expanded": _expanded(10**9),
        "negative": _expanded(-5),
    }
    for name, pickled in pickles.items():
        yield name, _stored({**records, f"{root}/data.pkl": pickled})


def _expanded(size: int) -> bytes:
    """The pickle of a state dict with one tensor of one number, seen `size` times."""
    text = "ccollections\nOrderedDict\n)R(S'ip.weight'\nctorch._utils\n_rebuild_tensor_v2\n"
    text += "((S'storage'\nctorch\nFloatStorage\nS'0'\nS'cpu'\nI1\ntQI0\n"
    text += f"(I{size}\nt(I0\ntI00\nccollections\nOrderedDict\n)RtRu."
    return text.encode()


def _stored(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def _safetensors() -> Iterator[tuple[str, Input]]:
    def file(head: bytes, data: bytes = bytes(4)) -> bytes:
        return struct.pack("<Q", len(head)) + head + data

    one = b'"ip.weight":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}'
    yield "length", struct.pack("<Q", 2**62) + b"{" + one + b"}" + bytes(4)
    yield "deep", file(b"[" * 200_000)
    yield (
        "metadata",
        file(b'{"__metadata__":{"caffe2torch.layers":"' + b"[" * 100_000 + b'"},' + one + b"}"),
    )
    yield (
        "shape",
        file(
            b'{"ip.weight":{"dtype":"F32","shape":[99999999999,99999999999],"data_offsets":[0,4]}}'
        ),
    )
    yield (
        "many",
        file(
            b"{"
            + b",".join(
                b'"l%d.weight":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}' % i
                for i in range(14_000)
            )
            + b"}",
            b"",
        ),
    )
    yield (
        "steering",
        file(b'{"\\u001b]0;x\\u0007\\u202e":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'),
    )
    yield "nan", file(b"{" + one + b"}", struct.pack("<f", float("nan")))


def _onnx(good: Path) -> Iterator[tuple[str, Input]]:
    import onnx

    def model(change: Callable[[onnx.ModelProto], object]) -> bytes:
        changed = onnx.load_model_from_string((good / KINDS["onnx"]).read_bytes())
        change(changed)
        return changed.SerializeToString()

    def scope(text: str) -> Callable[[onnx.ModelProto], object]:
        return lambda m: m.graph.node[0].metadata_props.add(
            key="pkg.torch.onnx.name_scopes", value=text
        )

    def shape(m: onnx.ModelProto) -> None:
        m.graph.initializer[0].dims[:] = [2**40, 2**40]

    def many(m: onnx.ModelProto) -> None:
        node = m.graph.node[0]
        m.graph.node.extend([node] * 8_000)

    def large(m: onnx.ModelProto) -> None:
        value = onnx.helper.make_tensor("v", onnx.TensorProto.FLOAT, [1], [0.0])
        size = onnx.helper.make_tensor("size", onnx.TensorProto.INT64, [1], [3_000_000_000])
        m.graph.initializer.append(size)
        m.graph.node.insert(
            0, onnx.helper.make_node("ConstantOfShape", ["size"], ["huge"], value=value)
        )
        m.graph.node.append(onnx.helper.make_node("ReduceSum", ["huge"], ["sum"]))
        m.graph.output.append(onnx.ValueInfoProto(name="sum"))

    def outside(m: onnx.ModelProto) -> None:
        one = m.graph.initializer[0]
        one.ClearField("raw_data")
        one.data_location = onnx.TensorProto.EXTERNAL
        one.external_data.add(key="location", value="../../../../etc/passwd")

    for name, text in {
        "deep": "[" * 100_000,
        "code": "__import__('os')",
        "number": "3",
        "none": "",
    }.items():
        yield f"scope_{name}", model(scope(text))
    yield from ((one.__name__, model(one)) for one in (shape, many, large, outside))
    yield "steering", model(lambda m: setattr(m.graph.node[0], "op_type", "\x1b]0;x\x07"))
