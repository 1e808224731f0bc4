"""What convert writes, told by inspect: programs, ONNX models, state dicts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from caffe2torch.errors import C2TError
from caffe2torch.inspect import inspect_file


class Small(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.ip = torch.nn.Linear(3, 2)

    def forward(self, data: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.ip(data))


@pytest.fixture
def small() -> Small:
    torch.manual_seed(1)
    return Small()


def values(report) -> dict[str, float]:
    return {layer["name"]: layer["blobs"][0]["mean"] for layer in report.json["layers"]}


def near(module: torch.nn.Module) -> dict[str, object]:
    return {n: pytest.approx(float(v.mean()), abs=1e-6) for n, v in module.state_dict().items()}


def test_a_program_of_torch_export(small: Small, tmp_path: Path) -> None:
    batch = torch.export.Dim("batch")
    program = torch.export.export(small, (torch.ones(2, 3),), dynamic_shapes=({0: batch},))
    torch.export.save(program, tmp_path / "x.pt2")
    report = inspect_file(tmp_path / "x.pt2")
    assert report.kind == "weights" and report.code == 0
    assert values(report) == near(small)
    assert next(iter(report.json["inputs"].values()))[1:] == [3]
    assert isinstance(next(iter(report.json["outputs"].values()))[0], str), "the batch may vary"
    assert report.json["operators"]["aten.linear.default"] == 1
    assert any(str(line).startswith("operators ") for line in report.body)


def test_a_state_dict(small: Small, tmp_path: Path) -> None:
    torch.save({"state_dict": small.state_dict(), "epoch": 3}, tmp_path / "x.pt")
    report = inspect_file(tmp_path / "x.pt")
    assert values(report) == {f"state_dict.{n}": v for n, v in near(small).items()}
    assert report.json["parameters"] == 8
    assert report.json["layers"][0]["type"] == "float32"
    with torch.no_grad():
        small.ip.bias[0] = float("nan")
    torch.save(small.state_dict(), tmp_path / "x.pt")
    assert inspect_file(tmp_path / "x.pt").code == 1


def model(path: Path) -> np.ndarray:
    from onnx import TensorProto, checker, helper, numpy_helper, save_model

    weight = np.arange(6, dtype=np.float32).reshape(2, 3)
    graph = helper.make_graph(
        [helper.make_node("Gemm", ["data", "w"], ["y"], transB=1)], "g",
        [helper.make_tensor_value_info("data", TensorProto.FLOAT, ["N", 3])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", 2])],
        [numpy_helper.from_array(weight, "w")],
    )  # fmt: skip
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], producer_name="me")
    checker.check_model(made)
    save_model(made, path)
    return weight


def test_an_onnx_model(tmp_path: Path) -> None:
    weight = model(tmp_path / "x.onnx")
    report = inspect_file(tmp_path / "x.onnx")
    assert report.json["inputs"] == {"data": ["N", 3]}
    assert report.json["outputs"] == {"y": ["N", 2]}
    assert report.json["operators"] == {"Gemm": 1}
    assert values(report) == {"w": pytest.approx(weight.mean())}
    assert "ONNX, opset 13, by me: 6 values in 1 tensors" in str(report.body[0])


def test_a_model_that_is_cut_short_is_one_message(tmp_path: Path) -> None:
    model(tmp_path / "x.onnx")
    data = (tmp_path / "x.onnx").read_bytes()
    for end in range(1, len(data), 7):
        (tmp_path / "y.onnx").write_bytes(data[:end])
        with pytest.raises(C2TError):
            inspect_file(tmp_path / "y.onnx")
