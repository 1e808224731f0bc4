"""What Caffe logs while it sets up a net: the rules of a state, sharing, in-place, memory."""

from __future__ import annotations

import io
from pathlib import Path

import cv2
import h5py
import numpy as np
import pytest

from caffe2torch import caffe_pb2 as pb
from caffe2torch.format import upgrade
from caffe2torch.graph import build_graph
from caffe2torch.graph.filtering import net_state
from caffe2torch.train.log import Log
from caffe2torch.train.net_log import _broken, log_net

NET = """
layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 2 dim: 3 } } }
layer { name: "a" type: "InnerProduct" bottom: "x" top: "a" param { name: "w" }
  inner_product_param { num_output: 4 bias_term: false } }
layer { name: "b" type: "InnerProduct" bottom: "x" top: "b" param { name: "w" }
  inner_product_param { num_output: 4 bias_term: false } }
layer { name: "relu" type: "ReLU" bottom: "a" top: "a" }
layer { name: "out" type: "EuclideanLoss" bottom: "a" bottom: "b" top: "l" loss_weight: 0.5
  exclude { phase: TEST } }
"""


def lines(phase: str) -> list[str]:
    text = io.StringIO()
    net = upgrade.parse_net(NET)
    log_net(build_graph(net, net_state(net, phase)), Log(text))
    return [line.partition("] ")[2] for line in text.getvalue().splitlines() if "] " in line]


def test_a_net_as_it_is_set_up() -> None:
    log = lines("TRAIN")
    # Caffe asks whether the rule of an exclude is met, and tells why it is not.
    reason = "The NetState phase (0) differed from the phase (1)"
    assert log[0] == f"{reason} specified by a rule in layer out"
    assert log[1].startswith("Initializing net from parameters")
    assert "Sharing parameters 'w' owned by layer 'a', param index 0" in log
    assert "relu -> a (in-place)" in log
    start = log.index("Setting up out")
    assert log[start + 1 : start + 4] == [
        "Top shape: (1)",
        "    with loss weight 0.5",
        # x 6, its two copies 12, a 8, b 8, relu 8, out 1 values of 4 bytes
        "Memory required for data: 172",
    ]
    assert "out needs backward computation." in log
    assert "x does not need backward computation." in log
    assert log[-2:] == ["This network produces output l", "Network initialization done."]


def test_a_layer_that_the_phase_excludes_is_named_first() -> None:
    first = "The NetState phase (1) differed from the phase (0) specified by a rule in layer out"
    assert lines("TEST")[0].startswith("Initializing")  # an exclude that is met says nothing
    text = NET.replace("exclude { phase: TEST }", "include { phase: TRAIN }")
    stream, net = io.StringIO(), upgrade.parse_net(text)
    log_net(build_graph(net, net_state(net, "TEST")), Log(stream))
    assert stream.getvalue().splitlines()[0].endswith("net.cpp:296] " + first)


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        (pb.NetStateRule(phase=pb.TRAIN), 296),
        (pb.NetStateRule(min_level=3), 306),
        (pb.NetStateRule(max_level=1), 316),
        (pb.NetStateRule(stage=["a", "b"]), 332),
        (pb.NetStateRule(not_stage=["a"]), 347),
        (pb.NetStateRule(phase=pb.TEST, min_level=2, max_level=2, stage=["a"]), None),
    ],
)
def test_the_reason_is_that_of_caffes_line(rule: pb.NetStateRule, line: int | None) -> None:
    reason = _broken(pb.NetState(phase=pb.TEST, level=2, stage=["a"]), rule)
    assert (reason[0] if reason else None) == line


def set_up(text: str, name: str = "", logged: set[str] | None = None) -> list[str]:
    stream = io.StringIO()
    net = upgrade.parse_net(text, name)
    log_net(build_graph(net, net_state(net, "TRAIN")), Log(stream), logged)
    return [line.split("] ", 1)[-1] for line in stream.getvalue().splitlines()]


def between(lines: list[str], layer: str) -> list[str]:
    """What comes after the last top of a layer and before its shapes."""
    tops = [i for i, line in enumerate(lines) if line.startswith(f"{layer} -> ")]
    return lines[tops[-1] + 1 : lines.index(f"Setting up {layer}")]


def test_a_list_of_images(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((4, 5, 3), np.uint8))
    (tmp_path / "list").write_text(f"{tmp_path}/a.png 0\n{tmp_path}/a.png 1\n")
    lines = set_up(
        'layer { name: "d" type: "ImageData" top: "x" top: "y" image_data_param '
        f'{{ source: "{tmp_path}/list" batch_size: 2 shuffle: true }} }}'
    )
    assert between(lines, "d") == [
        f"Opening file {tmp_path}/list", "Shuffling data", "A total of 2 images.",
        "output data size: 2,3,4,5",
    ]  # fmt: skip


def test_files_of_rows_tell_their_types_once_a_run(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["x"], file["y"] = np.zeros((3, 2), np.float32), np.zeros(3, np.int32)
    (tmp_path / "list").write_text(f"{tmp_path}/a.h5\n{tmp_path}/a.h5\n")
    text = (
        'layer { name: "d" type: "HDF5Data" top: "x" top: "y" hdf5_data_param '
        f'{{ source: "{tmp_path}/list" batch_size: 2 }} }}'
    )
    listed = [f"Loading list of HDF5 filenames from: {tmp_path}/list", "Number of HDF5 files: 2"]
    types = ["Datatype class: H5T_FLOAT", "Datatype class: H5T_INTEGER"]
    logged: set[str] = set()
    assert between(set_up(text, logged=logged), "d") == listed + types
    assert between(set_up(text, logged=logged), "d") == listed


def test_a_file_of_windows(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((40, 50, 3), np.uint8))
    (tmp_path / "w").write_text(
        f"# 0\n{tmp_path}/a.png\n3\n40\n50\n4\n1 0.9 0 0 9 9\n7 0.8 0 0 9 9\n"
        "2 0.1 0 0 9 9\n2 0.45 0 0 9 9\n"
    )
    lines = set_up(
        'layer { name: "d" type: "WindowData" top: "x" top: "y" transform_param { crop_size: 8 } '
        f'window_data_param {{ source: "{tmp_path}/w" batch_size: 2 context_pad: 1 '
        "bg_threshold: 0.4 } }"
    )
    assert between(lines, "d") == [
        "Window data layer:",
        "  foreground (object) overlap threshold: 0.5",
        "  background (non-object) overlap threshold: 0.4",
        "  foreground sampling fraction: 0.25",
        "  cache_images: 0",
        "  root_folder: ",
        f"num: 0 {tmp_path}/a.png 3 40 50 windows to process: 4",
        "Number of images: 1",
        "class 0 has 1 samples",
        "class 1 has 1 samples",
        "class 7 has 1 samples",
        "Amount of context padding: 1",
        "Crop mode: warp",
        "output data size: 2,3,8,8",
    ]


def recurrent(kind: str, more: str = "") -> str:
    return (
        'layer { name: "x" type: "Input" top: "x" top: "c" top: "s" input_param '
        "{ shape { dim: 4 dim: 3 dim: 2 } shape { dim: 4 dim: 3 } shape { dim: 3 dim: 5 } } }"
        f'layer {{ name: "r" type: "{kind}" bottom: "x" bottom: "c" {more} top: "h" '
        'recurrent_param { num_output: 2 weight_filler { type: "xavier" } } }'
    )


@pytest.mark.parametrize(
    ("kind", "more", "names"),
    [
        ("LSTM", "", "W_xc b_c W_hc"),
        ("LSTM", 'bottom: "s"', "W_xc b_c W_xc_static W_hc"),
        ("RNN", "", "W_xh b_h W_hh W_ho b_o"),
        ("RNN", 'bottom: "s"', "W_xh b_h W_xh_static W_hh W_ho b_o"),
    ],
)
def test_a_recurrent_layer_tells_its_steps_and_parameters(kind: str, more: str, names: str) -> None:
    first, *rest = between(set_up(recurrent(kind, more)), "r")
    assert first == (
        "Initializing recurrent layer: assuming input batch contains 4 timesteps of 3 "
        "independent streams."
    )
    assert rest == [f"Adding parameter {i}: {name}" for i, name in enumerate(names.split())]


def test_a_file_with_three_parameters_a_batch_norm_is_told_to_be_old() -> None:
    specs = "param { lr_mult: 0 } " * 3
    text = (
        'layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 2 dim: 3 } } }'
        f'layer {{ name: "b" type: "BatchNorm" bottom: "x" top: "b" {specs} }}'
    )
    deprecated = "batch norm layers using deprecated params"
    assert set_up(text, "net.prototxt")[:2] == [
        f"Attempting to upgrade {deprecated}: net.prototxt",
        f"Successfully upgraded {deprecated}.",
    ]
    assert not any("deprecated" in line for line in set_up(text))  # inside of a solver
    assert not any("deprecated" in line for line in set_up(text.replace(specs, ""), "net.prototxt"))
