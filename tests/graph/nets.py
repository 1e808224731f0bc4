"""Small nets for the tests of the graph, and their graphs."""

from __future__ import annotations

from pathlib import Path

from caffe2torch.format.upgrade import read_net
from caffe2torch.graph import build_graph
from caffe2torch.graph.filtering import net_state
from caffe2torch.graph.model import Graph

DATA = 'layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 } } }\n'


def ip(name: str, bottom: str, top: str, extra: str = "", n: int = 4) -> str:
    return (
        f'layer {{ name: "{name}" type: "InnerProduct" bottom: "{bottom}" top: "{top}" {extra}\n'
        f"  inner_product_param {{ num_output: {n} bias_term: false }} }}\n"
    )


def relu(name: str, bottom: str, top: str, extra: str = "") -> str:
    return f'layer {{ name: "{name}" type: "ReLU" bottom: "{bottom}" top: "{top}" {extra} }}\n'


def graph(tmp_path: Path, text: str, **options: object) -> Graph:
    path = tmp_path / "net.prototxt"
    path.write_text(text)
    net = read_net(str(path))
    state = net_state(
        net,
        options.pop("phase", "TRAIN"),  # type: ignore[arg-type]
        options.pop("level", None),  # type: ignore[arg-type]
        options.pop("stages", ()),  # type: ignore[arg-type]
    )
    return build_graph(net, state, **options)  # type: ignore[arg-type]
