"""Height and width that may vary give what the graph gives at other sizes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from caffe2torch.convert.onnx.dynamic import variation
from caffe2torch.convert.onnx.model import onnx_model
from caffe2torch.convert.onnx.options import Options
from caffe2torch.convert.onnx.writer import SizesError
from caffe2torch.format.upgrade import parse_net
from caffe2torch.graph import build_graph
from caffe2torch.module import build
from tests.convert.one_net import converted
from tests.engines.families import CHAIN_OF_MAPS, FCN, conv, layer, source

pytest.importorskip("onnx", reason="the package onnx is not installed")

POOLED = (
    source("data", 1, 3, 17, 22)
    + conv("a", "data", 4, "kernel_size: 3 pad: 1")
    + layer("LRN", "lrn", "a", "", "lrn_param { norm_region: WITHIN_CHANNEL local_size: 3 }")
    + layer("Pooling", "m", "lrn", "", "pooling_param { kernel_size: 3 stride: 2 }")
    + layer("Pooling", "p", "a", "", "pooling_param { kernel_size: 3 stride: 2 pad: 1 }")
    + layer("Pooling", "v", "a", "", "pooling_param { pool: AVE kernel_size: 2 stride: 2 }")
    + layer("Pooling", "g", "a", "", "pooling_param { pool: AVE global_pooling: true }")
    + layer("Normalize", "n", "p", "", "norm_param { across_spatial: false }")
    + layer("Slice", "s", "a", "s1 s2", "slice_param { slice_point: 1 }")
    + layer("Softmax", "prob", "s2")
)
NETS = {"maps": CHAIN_OF_MAPS, "fcn": FCN, "pooled": POOLED}


@pytest.mark.parametrize("name", NETS)
@pytest.mark.parametrize("size", [(1, 40, 33), (2, 23, 48)])
def test_other_sizes_give_what_the_graph_gives(
    tmp_path: Path, name: str, size: tuple[int, int, int]
) -> None:
    onnxruntime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    conversion = converted(tmp_path, NETS[name], flat=True)
    model = onnx_model(conversion.graph, conversion.built, Options(dynamic="spatial"))
    n, h, w = size
    other = graph_of(NETS[name], (n, 3, h, w))
    net = build.build(other, share_with=conversion.built)
    x = torch.randn(n, 3, h, w, generator=torch.Generator().manual_seed(1))
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    results = session.run(None, {"data": x.numpy()})
    with torch.no_grad():
        expected = build.run(net, {"data": x}, other.outputs)
    for blob, result in zip(other.outputs, results, strict=True):
        torch.testing.assert_close(torch.from_numpy(result), expected[blob], rtol=1e-4, atol=1e-5)


def graph_of(text: str, shape: tuple[int, ...]) -> Any:
    return build_graph(parse_net(text), phase="TEST", input_shapes={"data": shape})


@pytest.mark.parametrize(
    ("more", "kind", "name"),
    [
        (layer("InnerProduct", "ip", "d", "", "inner_product_param { num_output: 2 }"),
         "spatial", "ip"),
        (layer("Pooling", "p", "d", "", "pooling_param { pool: AVE kernel_size: 3 pad: 1 "
               "stride: 2 }"), "spatial", "p"),
        (layer("Pooling", "p", "d", "", "pooling_param { kernel_size: 2 pad: 1 stride: 2 }"),
         "spatial", "p"),
        (layer("Reshape", "r", "d", "", "reshape_param { shape { dim: 1 dim: -1 } }"),
         "batch", "r"),
    ],
)  # fmt: skip
def test_the_layer_that_needs_its_sizes_is_named(
    tmp_path: Path, more: str, kind: str, name: str
) -> None:
    conversion = converted(tmp_path, CHAIN_OF_MAPS + more, flat=True)
    with pytest.raises(SizesError, match=f'layer "{name}"') as caught:
        onnx_model(conversion.graph, conversion.built, Options(dynamic=kind))
    assert "use --dynamic" in str(caught.value.hint)
    onnx_model(conversion.graph, conversion.built)


def test_rows_behind_a_proposal_vary_whatever_is_asked_for(tmp_path: Path) -> None:
    from tests.engines.families import FASTER

    graph = build_graph(parse_net(FASTER), phase="TEST")
    varied = variation(graph, "none")
    free = {node.name for i, node in enumerate(graph.nodes) if any(map(any, varied.of(i, node)[1]))}
    assert free == {"rois", "pool", "fc", "prob"}
