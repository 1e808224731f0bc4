"""caffe.draw: labels as Caffe writes them."""

from __future__ import annotations

from google.protobuf import text_format

from caffe2torch import caffe_pb2 as pb
from caffe2torch import pycaffe as caffe
from caffe2torch.pycaffe import draw


def test_labels_are_caffes() -> None:
    net = text_format.Parse(
        """name: "n"
        layer { name: "d" type: "Data" top: "d" data_param { batch_size: 7 } }
        layer { name: "c" type: "Convolution" bottom: "d" top: "c" param { lr_mult: 2 }
          convolution_param { num_output: 5 kernel_size: 3 } }
        layer { name: "r" type: "ReLU" bottom: "c" top: "c" include { phase: TEST } }
        layer { name: "p" type: "Pooling" bottom: "c" top: "p"
          pooling_param { kernel_size: 2 } }""",
        pb.NetParameter(),
    )
    graph = draw.get_pydot_graph(net, "LR", display_lrm=True)
    labels = {name: style["label"] for name, style in graph.nodes.items()}
    assert labels["p_Pooling"] == r'"p\n(Pooling MAX)\nkernel size: 2\nstride: 1\npad: 0"'
    assert labels["c_Convolution"].endswith(r'pad: 0\nlr mult: 2.0, 1.0"')
    assert ("d_Data", "d_blob", "Batch 7") in graph.edges
    assert graph.nodes["r_ReLU"]["fillcolor"] == "#90EE90"
    assert "r_ReLU" not in draw.get_pydot_graph(net, "TB", phase=caffe.TRAIN).nodes
    assert draw.draw_net(net, "LR", "dot").startswith(b'digraph "n" {\nrankdir=LR;')
    assert draw.draw_net(net, "TB").startswith(b"\x89PNG")
