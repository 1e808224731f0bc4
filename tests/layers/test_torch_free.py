"""Reading a net of any layer types, and reckoning with it, imports no torch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import sys
from google.protobuf import text_format
from caffe2torch import caffe_pb2 as pb, layers
from caffe2torch.graph import build_graph
from caffe2torch.format.upgrade import net_from_message

for layer in layers.every():
    for example in layer.examples:
        net = pb.NetParameter(name="one")
        net.state.phase = pb.Phase.Value(example.phase)
        for i, shape in enumerate(example.bottoms):
            source = net.layer.add(name=f"b{i}", type="Input", top=[f"b{i}"])
            source.input_param.shape.add(dim=shape)
        one = net.layer.add(name="l", type=layer.type)
        one.bottom.extend(f"b{i}" for i in range(len(example.bottoms)))
        one.top.extend(f"t{i}" for i in range(example.tops))
        text_format.Merge(example.text, one)
        node = build_graph(net_from_message(net)).node("l")
        assert isinstance(layer.cost(node.site, node.top_shapes), int), layer.type
        if not (layer.source or layer.silent):
            layer.code(node.site)
print("torch" in sys.modules, len(layers.every()))
"""


def test_declarations_import_no_torch(root: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, cwd=root, check=False
    )
    assert done.returncode == 0, done.stderr
    imported, count = done.stdout.split()
    assert imported == "False"
    assert int(count) > 60
