"""`c2t convert --stubs`: a class for each layer that cannot run, the rest of the net whole."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner, Result

from caffe2torch.cli import cli
from caffe2torch.errors import UnsupportedError
from caffe2torch.format.upgrade import read_net
from caffe2torch.graph import build_graph
from caffe2torch.layers import defined_by
from caffe2torch.weights import write_caffemodel

NET = """name: "u"
layer { name: "x" type: "Input" top: "x" input_param { shape { dim: [1, 3, 8, 8] } } }
layer { name: "c" type: "Convolution" bottom: "x" top: "c"
        convolution_param { num_output: 4 kernel_size: 3 frobnicate: 3 } }
layer { name: "w" type: "Accum" bottom: "c" top: "w" param { lr_mult: 2 }
        wobble_param { a: 1 b: "x\\"" b: MAX c { d: -.5 e: true } } }
layer { name: "p" type: "Pooling" bottom: "w" top: "p"
        pooling_param { kernel_size: 2 stride: 2 } }
layer { name: "z" type: "BoxingZap" bottom: "p" top: "z" }
layer { name: "ip" type: "InnerProduct" bottom: "z" top: "ip"
        inner_product_param { num_output: 2 } }
"""


@pytest.fixture
def net(tmp_path: Path) -> Path:
    path = tmp_path / "net.prototxt"
    path.write_text(NET)
    return path


@pytest.fixture
def weights(net: Path, tmp_path: Path) -> Path:
    """A caffemodel whose Accum has one blob and whose InnerProduct reads 4 x 3 x 3."""
    arrays = {
        "c": [np.ones((4, 3, 3, 3)), np.zeros(4)],
        "w": [np.full((4, 5), 7.0)],
        "ip": [np.ones((2, 36)), np.zeros(2)],
    }
    path = tmp_path / "net.caffemodel"
    blobs = {name: [a.astype(np.float32) for a in held] for name, held in arrays.items()}
    write_caffemodel(path, read_net(net, lenient=True).message, blobs)
    return path


def convert(*args: object) -> Result:
    return CliRunner().invoke(cli, ["convert", *map(str, args)])


def converted(net: Path, tmp_path: Path, *args: object) -> dict[str, object]:
    result = convert(net, "--stubs", "-o", tmp_path / "out", *args)
    assert result.exit_code == 0, result.output
    return runpy.run_path(str(tmp_path / "out" / "u.py"))


def test_each_stub_holds_what_the_net_and_the_weights_say(
    net: Path, weights: Path, tmp_path: Path
) -> None:
    written = converted(net, tmp_path, "--weights", weights)
    model = written["U"]()  # type: ignore[operator]
    assert model.w.params == {
        "wobble_param": {"a": 1, "b": ['x"', "MAX"], "c": {"d": -0.5, "e": True}}
    }
    assert model.w.blob0.shape == (4, 5)
    assert model.c.params["convolution_param"]["frobnicate"] == 3
    assert [blob.shape for blob in model.c.parameters()] == [(4, 3, 3, 3), (4,)]
    assert defined_by("Accum")[0] in (written["AccumLayer"].__doc__ or "")
    with pytest.raises(NotImplementedError, match="ConvolutionLayer is not written: it takes x"):
        model(torch.zeros(1, 3, 8, 8))


@pytest.mark.parametrize("flat", [(), ("--flat",)])
def test_the_rest_of_the_net_is_whole(
    net: Path, weights: Path, tmp_path: Path, flat: tuple[str, ...]
) -> None:
    """With the three forwards filled in, the file computes the net with its weights."""
    from safetensors.torch import load_file

    written = converted(net, tmp_path, "--weights", weights, *flat)
    for name in ("ConvolutionLayer", "AccumLayer", "BoxingZapLayer"):
        written[name].forward = lambda self, x: x[:, :1].expand(-1, 4, -1, -1)[:, :, 2:, 2:]  # type: ignore[attr-defined]
    written["BoxingZapLayer"].forward = lambda self, x: x.repeat(1, 1, 2, 2)[:, :, :3, :3]  # type: ignore[attr-defined]
    model = written["U"]()  # type: ignore[operator]
    model.load_state_dict(load_file(tmp_path / "out" / "u.safetensors"))
    assert model.w.blob0[0, 0].item() == 7
    x = torch.arange(192.0).reshape(1, 3, 8, 8)
    pooled = torch.nn.functional.max_pool2d(x[:, :1, 4:, 4:], 2)
    total = 4 * pooled.repeat(1, 1, 2, 2)[:, :, :3, :3].sum()
    torch.testing.assert_close(model(x), total.expand(1, 2))


def test_a_shape_is_found_that_the_next_layers_take(tmp_path: Path) -> None:
    """Eltwise adds the stub's top to c, so the stub must give what c has."""
    net = tmp_path / "net.prototxt"
    net.write_text(
        NET[: NET.index('layer { name: "p"')].replace("frobnicate: 3 ", "")
        + """
layer { name: "d" type: "Convolution" bottom: "x" top: "d"
        convolution_param { num_output: 6 kernel_size: 3 } }
layer { name: "s" type: "Eltwise" bottom: "w" bottom: "d" top: "s" }
"""
    )
    graph = build_graph(read_net(net, lenient=True), assume=True, stubs={})
    assert graph.shapes["w"] == graph.shapes["s"] == (1, 6, 6, 6)
    assert any("w (1, 6, 6, 6)" in note for note in graph.notes)


def test_known_shapes_stay_known(tmp_path: Path) -> None:
    """A type of which only the shapes are known, and a data layer of an unknown type."""
    net = tmp_path / "net.prototxt"
    net.write_text("""name: "u"
layer { name: "d" type: "WobblyData" top: "x" top: "l" }
layer { name: "c" type: "ConstScale" bottom: "x" top: "c" constscale_param { scale: 2 } }
""")
    graph = build_graph(read_net(net, lenient=True), assume=True, stubs={})
    assert graph.shapes["c"] == graph.shapes["x"] == (1, 3, 224, 224)
    assert [node.name for node in graph.sources] == ["d"]
    assert "assumed" not in " ".join(note for note in graph.notes if '"c"' in note)


def test_without_stubs_all_is_refused_at_once(net: Path) -> None:
    with pytest.raises(UnsupportedError) as caught:
        build_graph(read_net(net, lenient=True))
    assert "--stubs" in (caught.value.hint or "")
    result = convert(net)
    assert result.exit_code == 2
    assert "--stubs" in result.output and "--proto" in result.output


def test_onnx_names_the_layer(net: Path, tmp_path: Path) -> None:
    result = convert(net, "--stubs", "--to", "onnx", "-o", tmp_path / "out")
    assert result.exit_code == 2
    assert 'layer "c" (ConvolutionLayer): ONNX has no operators' in result.output
