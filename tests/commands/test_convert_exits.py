"""`c2t convert` cuts nets, sets sizes, writes ONNX as asked for and compares it in engines."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from click.testing import CliRunner, Result

from caffe2torch.cli import cli
from caffe2torch.convert import targets
from caffe2torch.convert.runtimes import installed, registry
from tests.engines.families import CHAIN_OF_MAPS as NET

onnx = pytest.importorskip("onnx", reason="the package onnx is not installed")


@pytest.fixture
def net(tmp_path: Path) -> Path:
    path = tmp_path / "net.prototxt"
    path.write_text('name: "maps"\n' + NET)
    return path


def convert(*args: object) -> Result:
    return CliRunner().invoke(cli, ["convert", *map(str, args)])


def written(net: Path, *options: object) -> Any:
    """The model that a conversion writes."""
    out = net.with_name("out.onnx")
    result = convert(net, "-o", out, "--force", *options)
    assert result.exit_code == 0, result.output
    return onnx.load(str(out))


def sizes(model: Any) -> dict[str, list[int | str]]:
    return {
        one.name: [d.dim_param or d.dim_value for d in one.type.tensor_type.shape.dim]
        for one in (*model.graph.input, *model.graph.output)
    }


def test_a_net_is_cut_at_blobs(net: Path) -> None:
    model = written(net, "--begin", "a", "--end", "sum", "--end", "b", "--dynamic", "none")
    assert sizes(model) == {"a": [1, 4, 8, 8], "b": [1, 4, 8, 8], "sum": [1, 4, 8, 8]}
    text = convert(net, "--end", "b").stdout
    assert "self.b" in text and "self.d" not in text


@pytest.mark.parametrize(
    "last",
    [
        'layer { name: "class" type: "Python" bottom: "d" top: "e" '
        'python_param { module: "mine" layer: "Mine" } }',
        'layer { name: "mine" type: "Mine" bottom: "d" top: "e" mine_param { a: 3 } }',
        'layer { name: "mine" type: "Mine" bottom: "d" top: "e" }',
    ],
)
def test_layers_behind_the_end_need_not_be_known(net: Path, last: str) -> None:
    net.write_text(f"{NET}\n{last}\n")
    assert convert(net, "-o", net.with_name("out.onnx")).exit_code == 2
    assert list(sizes(written(net, "--end", "d"))) == ["data", "d"]
    assert convert(net, "-o", net.with_name("out.onnx"), "--force", "--end", "e").exit_code == 2


def test_a_field_that_is_unknown_before_the_end_is_refused(net: Path) -> None:
    net.write_text(NET.replace("kernel_size", "kernal_size", 1))
    result = convert(net, "--end", "a")
    assert result.exit_code == 2
    assert '"kernal_size" is not a field of ConvolutionParameter' in result.stderr


def test_a_blob_that_is_none_is_refused_with_what_is_meant(net: Path) -> None:
    result = convert(net, "--end", "rsum")
    assert (result.exit_code, result.stdout) == (2, "")
    assert 'net "maps" has no blob "rsum" → did you mean sum?' in result.stderr


def test_an_input_gets_another_shape(net: Path) -> None:
    model = written(net, "--input-shape", "data=2,3,16,12", "--dynamic", "none")
    assert sizes(model) == {"data": [2, 3, 16, 12], "d": [2, 2, 16, 12]}
    result = convert(net, "--input-shape", "image=1,3,8,8")
    assert result.exit_code == 2
    assert 'net "maps" has no input "image" → inputs: data' in result.stderr
    for wrong in ("data", "data=1,x", "=1,2", "data=1,0,8,8"):
        assert convert(net, "--input-shape", wrong).exit_code == 2


def test_a_data_layer_gets_another_shape_though_its_labels_are_needed(tmp_path: Path) -> None:
    net = tmp_path / "net.prototxt"
    net.write_text(
        'layer { name: "d" type: "Data" top: "x" top: "y" data_param { source: "s" batch_size: 4 } '
        "transform_param { crop_size: 9 } }\n"
        'layer { name: "ip" type: "InnerProduct" bottom: "x" top: "ip" '
        "inner_product_param { num_output: 5 } }\n"
        'layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "y" top: "loss" }\n'
    )
    result = convert(net, "--input-shape", "x=4,1,6,7")
    assert "x (N, 1, 6, 7), y (N,) -> loss ()" in result.stdout
    assert "nn.Linear(42, 5)" in result.stdout
    result = convert(net, "--begin", "x")
    assert result.exit_code == 2
    assert '"d" (Data) is needed for "y" → begin at x and y' in result.stderr


@pytest.mark.parametrize(
    ("kind", "dims"),
    [
        (None, ["N", 3, 8, 8]),
        ("batch", ["N", 3, 8, 8]),
        ("spatial", ["N", 3, "H_data", "W_data"]),
        ("none", [1, 3, 8, 8]),
    ],
)
def test_sizes_vary_as_asked_for(net: Path, kind: str | None, dims: list[int | str]) -> None:
    options = ["--dynamic", kind] if kind else []
    assert sizes(written(net, *options))["data"] == dims


def test_what_cannot_vary_is_named(net: Path) -> None:
    with net.open("a") as file:
        file.write('layer { name: "ip" type: "InnerProduct" bottom: "d" top: "ip" '
                   "inner_product_param { num_output: 3 } }\n")  # fmt: skip
    result = convert(net, "-o", net.with_name("x.onnx"), "--dynamic", "spatial")
    assert result.exit_code == 2
    said = 'layer "ip" (InnerProduct) needs the sizes that the net was written with'
    assert f"{said} → use --dynamic batch or none" in result.stderr


def test_the_opset_and_half_precision(net: Path) -> None:
    model = written(net, "--opset", "17", "--fp16")
    assert model.opset_import[0].version == 17
    kinds = {one.data_type for one in model.graph.initializer if ".weight" in one.name}
    assert kinds == {onnx.TensorProto.FLOAT16}
    ends = (*model.graph.input, *model.graph.output)
    assert {one.type.tensor_type.elem_type for one in ends} == {onnx.TensorProto.FLOAT}
    result = convert(net, "-o", net.with_name("x.onnx"), "--opset", "9")
    assert result.exit_code == 2
    assert "opset 9 is not written → use --opset 11 to 22" in result.stderr


def here() -> list[str]:
    return [name for name in registry.names() if installed(registry.find(name))]


def test_engines_are_compared_in_a_table(net: Path) -> None:
    result = convert(net, "-o", net.with_name("x.onnx"), "--check", ",".join(here()))
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[1].split()[:3] == ["engine", "version", "difference"]
    assert [line.split("  ")[0] for line in lines[2:]] == [registry.find(n).TITLE for n in here()]
    assert max(map(len, lines[1:])) <= 80
    assert "--check compares with random weights" in result.stderr


def test_a_difference_is_exit_1_with_the_layer(net: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = registry.find("onnxruntime")
    load = engine.load

    def wrong(model: bytes) -> Any:
        read = onnx.load_model_from_string(model)
        for one in read.graph.initializer:
            if one.name == "d.bias":
                values = onnx.numpy_helper.to_array(one) + 1
                one.CopyFrom(onnx.numpy_helper.from_array(values, "d.bias"))
        return load(read.SerializeToString())

    monkeypatch.setattr(engine, "load", wrong)
    result = convert(net, "-o", net.with_name("x.onnx"), "--check", "onnxruntime")
    assert result.exit_code == 1
    assert result.stdout.splitlines()[-1].split()[-1] == "d"


def test_engines_that_are_none_or_not_there(net: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = net.with_name("x.onnx")
    result = convert(net, "-o", out, "--check", "tensorrt")
    assert result.exit_code == 2
    assert "no engine 'tensorrt'; there are: onnxruntime, opencv, openvino" in result.stderr
    result = convert(net, "-o", net.with_name("x.py"), "--check", "onnxruntime")
    assert "--check runs the ONNX model: add --to onnx" in result.stderr
    monkeypatch.setattr(registry.find("openvino"), "MODULE", "no_such_module")
    result = convert(net, "-o", out, "--check", "openvino,onnxruntime")
    assert result.exit_code == 0
    assert result.stdout.endswith("OpenVINO is not installed: pip install openvino\n")
    result = convert(net, "-o", out, "--check", "openvino")
    assert (result.exit_code, "pip install openvino" in result.stderr) == (2, True)


def test_a_missing_package_costs_only_its_target(
    net: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        targets, "missing_packages", lambda target: "onnx" if _is_onnx(target) else ""
    )
    monkeypatch.setattr("caffe2torch.convert.convert.missing_packages", targets.missing_packages)
    out = net.with_name("out")
    result = convert(net, "-o", out, "--to", "onnx,python,safetensors")
    assert result.exit_code == 1
    assert "maps.onnx: not written: it needs onnx; pip install onnx" in result.stdout
    assert (out / "maps.py").is_file() and (out / "maps.safetensors").is_file()
    result = convert(net, "-o", out, "--to", "onnx")
    assert result.exit_code == 2
    assert "onnx needs a package that is not installed → pip install onnx" in result.stderr


def _is_onnx(target: ModuleType) -> bool:
    return target.__name__.endswith(".onnx")


def test_a_rerun_needs_no_force_for_files_of_the_same_net(net: Path) -> None:
    out = net.with_name("out")
    for _ in range(2):
        assert convert(net, "-o", out).exit_code == 0
    other = net.with_name("other.prototxt")
    other.write_text(net.read_text())
    result = convert(other, "-o", out)
    assert result.exit_code == 2
    assert "maps.py exists already, and is not as this net was written to it" in result.stderr
    (out / "maps.py").write_text("# mine\n")
    assert convert(net, "-o", out).exit_code == 2
    assert (out / "maps.py").read_text() == "# mine\n"
