"""The least time of a layer by hand, and the slowest layers of a net."""

from __future__ import annotations

from caffe2torch.format.upgrade import parse_net
from caffe2torch.graph import build_graph
from caffe2torch.graph.filtering import net_state
from caffe2torch.train.roofline import Roofline, measure, slowest

NET = parse_net("""
input: "data" input_shape { dim: 2 dim: 3 dim: 6 dim: 6 }
layer { name: "conv" type: "Convolution" bottom: "data" top: "conv"
  convolution_param { num_output: 4 kernel_size: 3 } }
layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }
""")
GRAPH = build_graph(NET, net_state(NET, "TEST"))
DATA, CONV, RELU = GRAPH.nodes


def test_a_layer_takes_its_products_or_its_bytes() -> None:
    # 2 images of 4 channels of 4 x 4 places, 3 x 3 x 3 products each
    assert Roofline(products=1e6, bandwidth=1e12).least(CONV) == 2 * 4 * 16 * 27 / 1e6 * 1e3
    # bottom 216, top 128, weights 108 and biases 4 numbers of 4 bytes
    assert Roofline(products=1e12, bandwidth=1e6).least(CONV) == 4 * (216 + 128 + 112) / 1e6 * 1e3
    assert Roofline(products=1e12, bandwidth=1e6).least(RELU) == 4 * (128 + 128) / 1e6 * 1e3
    assert Roofline(1.0, 1.0).least(DATA) == 0


def test_the_slowest_layers_come_first() -> None:
    lines = slowest(GRAPH, [5.0, 1.0, 4.0], Roofline(products=1e12, bandwidth=1e6))
    assert lines == [
        "relu (ReLU): 40% of the forward, at 26% of what the processor can do",
        "conv (Convolution): 10% of the forward, at 182% of what the processor can do",
    ]
    assert slowest(GRAPH, [0.0, 0.0, 0.0], Roofline(1.0, 1.0)) == []


def test_the_processor_multiplies_faster_than_it_copies() -> None:
    found = measure()
    assert found.products > found.bandwidth / 4 > 1e6
