"""The corpus check with --convert: what it counts, and how it says what it missed."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from caffe2torch import caffe_pb2 as pb
from tools import check_zoo
from tools.zoo import convert

COLUMNS = [
    *("path", "kind", "sha1", "bvlc_parses", "bvlc_error", "bvlc_builds", "build_error"),
    *("layer_types", "upgraded", "patched_test", "patched_train"),
]
NET = """\
layer { name: "d" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 } } }
layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip"
        inner_product_param { num_output: 4 } }
"""
FORK = NET + 'layer { name: "act" type: "ReLU6" bottom: "ip" top: "act" }\n'
MACHINE = (
    NET
    + """\
layer { name: "rbm" type: "RBMInnerProduct" bottom: "ip" top: "a" top: "b" top: "c" top: "d"
        rbm_inner_product_param { loss_measure: RECONSTRUCTION loss_measure: FREE_ENERGY
          connection_layer_param { type: "InnerProduct" inner_product_param { num_output: 7 } } } }
"""
)  # its code was never published


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    rows = {
        "a/net.prototxt": (NET, "yes"),
        "b/fork.prototxt": (FORK, "no"),
        "c/rbm": (MACHINE, "no"),
    }
    with (tmp_path / "index.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="")
        writer.writeheader()
        for path, (text, builds) in rows.items():
            (tmp_path / path).parent.mkdir()
            (tmp_path / path).write_text(text)
            facts = {"path": path, "kind": "net_deploy", "sha1": path, "bvlc_builds": builds}
            writer.writerow(facts)
    (tmp_path / "pairs.csv").write_text("caffemodel,prototxt,oracle\n")
    return tmp_path


@pytest.mark.long
def test_nets_of_caffe_and_of_forks_are_converted(corpus: Path) -> None:
    result = CliRunner().invoke(check_zoo.main, [str(corpus), "--convert"])
    assert result.exit_code == 0, result.output
    assert result.output.splitlines() == [
        "converted: 1/1 (100.00%, bar 100%)",
        "others converted: 1/1 (100.00%, bar 95%, 1 are refused with a reason: layers or files "
        "that were never published)",
    ]


def test_a_miss_says_its_reason_in_one_line(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(convert, "TOLERANCE", -1.0)
    result = CliRunner().invoke(check_zoo.main, [str(corpus), "--convert", "--only", "a/"])
    assert result.exit_code == 1
    assert result.output.splitlines() == [
        "converted: 0/1 (0.00%, bar 100%)",
        "  a/net.prototxt: outputs differ by 0.0e+00",
    ]


def test_real_models_are_held_to_what_caffe_computed(corpus: Path) -> None:
    pytest.importorskip("onnxruntime", reason="the package onnxruntime is not installed")
    weight, bias = np.arange(12, dtype=np.float32).reshape(4, 3), np.ones(4, np.float32)
    layer = pb.LayerParameter(name="ip", type="InnerProduct", bottom=["data"], top=["ip"])
    for array in (weight, bias):
        layer.blobs.add(shape=pb.BlobShape(dim=array.shape), data=array.ravel())
    (corpus / "a/w.caffemodel").write_bytes(pb.NetParameter(layer=[layer]).SerializeToString())
    x = np.array([[1, 2, 3], [0, 0, 1]], np.float32)
    outputs = {"right": x @ weight.T + bias, "wrong": x @ weight.T}
    lines = ["caffemodel,prototxt,oracle"]
    for name, values in outputs.items():
        np.savez(corpus / f"a/{name}.npz", **{"in:data": x, "blob:ip": values})
        lines.append(f"a/w.caffemodel,a/net.prototxt,a/{name}.npz")
    (corpus / "pairs.csv").write_text("\n".join(lines) + "\n")
    result = CliRunner().invoke(check_zoo.main, [str(corpus), "--oracle"])
    assert result.exit_code == 1
    first, miss = result.output.splitlines()
    assert first == "models as in Caffe: 1/2 (50.00%, bar 100%)"
    assert "w.caffemodel: Caffe differs by" in miss
