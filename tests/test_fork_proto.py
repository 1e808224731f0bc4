"""A fork's own schema joined with ours: numbers of the fork, nothing of ours lost."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto

from caffe2torch import caffe_pb2 as pb
from caffe2torch import fork_proto
from caffe2torch.errors import ParseError

pytest.importorskip("grpc_tools")
PROTO = """syntax = "proto2";
package caffe;
message WobbleParameter { optional int32 a = 1; }
message ConvolutionParameter {
  optional uint32 num_output = 1;
  optional uint32 frobnicate = 18;
}
message PoolingParameter {
  enum PoolMethod { MAX = 0; AVE = 1; STOCHASTIC = 2; WILD = 3; }
  optional PoolMethod pool = 1 [default = MAX];
}
message LayerParameter {
  optional string name = 1;
  optional string type = 2;
  optional WobbleParameter wobble_param = 145;
}
"""
NET = """layer { name: "x" type: "Input" top: "x" input_param { shape { dim: [1, 2, 4, 4] } } }
layer { name: "c" type: "Convolution" bottom: "x" top: "c"
        convolution_param { num_output: 2 kernel_size: 3 dilation: 1 frobnicate: 5 } }
layer { name: "w" type: "Wobble" bottom: "c" top: "w" wobble_param { a: 3 } }
"""


@pytest.fixture
def proto(tmp_path: Path) -> Path:
    path = tmp_path / "caffe.proto"
    path.write_text(PROTO)
    (tmp_path / "net.prototxt").write_text(NET)
    return path


def merged(proto: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, int]]:
    ours = FileDescriptorProto()
    pb.DESCRIPTOR.CopyToProto(ours)
    monkeypatch.setenv(fork_proto.VARIABLE, str(proto))
    monkeypatch.setattr(fork_proto, "foreign", set())
    file = FileDescriptorProto.FromString(fork_proto.joined(ours.SerializeToString()))
    return {m.name: {f.name: f.number for f in m.field} for m in file.message_type}


def test_numbers_are_the_forks_and_nothing_is_lost(
    proto: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    messages = merged(proto, monkeypatch)
    convolution = messages["ConvolutionParameter"]
    assert convolution["frobnicate"] == 18 and convolution["num_output"] == 1
    assert convolution["dilation"] >= fork_proto.FREE and "weight_filler" in convolution
    assert messages["WobbleParameter"] == {"a": 1}
    assert messages["LayerParameter"]["wobble_param"] == 145
    assert len(set(messages["LayerParameter"].values())) == len(messages["LayerParameter"])
    assert "ConvolutionParameter.frobnicate" in fork_proto.foreign
    assert "ConvolutionParameter.num_output" not in fork_proto.foreign


def run(code: str, folder: Path, **environment: str) -> str:
    root = Path(pb.__file__).parent.parent
    env = {**os.environ, "PYTHONPATH": str(root), **environment}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=env, capture_output=True, text=True
    )
    return done.stdout + done.stderr


def test_a_net_of_the_fork_is_read_and_its_field_is_not_silently_ignored(proto: Path) -> None:
    code = """
from caffe2torch.format.upgrade import read_net
from caffe2torch.graph import build_graph
net = read_net("net.prototxt")
layer = net.message.layer[2]
print(layer.wobble_param.a, net.message.layer[1].convolution_param.frobnicate)
print(type(layer).FromString(layer.SerializeToString()) == layer)
print(build_graph(net, unknown=True).notes[0])
"""
    out = run(code, proto.parent, C2T_PROTO=str(proto))
    assert out.startswith("3 5\nTrue\n") and "convolution_param.frobnicate" in out


@pytest.mark.parametrize("option", ["--proto caffe.proto", ""])
def test_the_command_line_takes_it(proto: Path, option: str) -> None:
    if not option:
        (proto.parent / "caffe2torch.toml").write_text('proto = "caffe.proto"')
    words = ["inspect", "net.prototxt", *option.split()]
    code = f"import sys; sys.argv[1:] = {words!r}; from caffe2torch.cli import main; main()"
    out = run(code, proto.parent)
    assert "Wobble" in out and "not read" not in out


def test_bad_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ParseError, match="names no file"):
        fork_proto.take_option(["lint", "--proto"])
    with pytest.raises(ParseError, match="does not exist"):
        fork_proto.take_option(["--proto", str(tmp_path / "none"), "lint"])
    bad = tmp_path / "bad.proto"
    bad.write_text("message {")
    with pytest.raises(ParseError, match="comes too late"):
        fork_proto.choose(str(bad))
    monkeypatch.setenv(fork_proto.VARIABLE, str(bad))
    with pytest.raises(ParseError, match="is no schema"):
        fork_proto.joined(b"")


CLASHES = """syntax = "proto2";
message WobbleParameter {
  optional float alpha = 1;
  optional float alpha_ = 2;
}
message PoolingParameter {
  enum Kind { CEIL = 0; FLOOR = 1; MAX = 2; }
  optional Kind kind = 30 [default = MAX];
}
message LayerParameter {
  optional string name = 1;
  optional string type = 2;
  optional WobbleParameter wobble_param = 145;
}
"""


def test_a_schema_without_package_with_names_that_clash_is_joined(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "caffe.proto"
    path.write_text(CLASHES)
    (tmp_path / "net.prototxt").write_text(
        'layer { name: "p" type: "Pooling" pooling_param { kind: MAX pool: AVE } }'
        'layer { name: "w" type: "Wobble" wobble_param { alpha: 1 alpha_: 2 } }'
    )
    script = (
        "from caffe2torch.format.upgrade import read_net\n"
        "pool, wobble = read_net('net.prototxt').message.layer\n"
        "assert (pool.pooling_param.kind, pool.pooling_param.pool) == (2, 1)\n"
        "assert pool.pooling_param.DESCRIPTOR.fields_by_name['pool'].default_value == 0\n"
        "assert (wobble.wobble_param.alpha, wobble.wobble_param.alpha_) == (1, 2)\n"
    )
    environment = os.environ | {fork_proto.VARIABLE: str(path)}
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
