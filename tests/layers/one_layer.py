"""A net of one layer under test, fed with tensors."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from google.protobuf import text_format
from torch import nn

from caffe2torch import caffe_pb2 as pb
from caffe2torch.graph import build_graph
from caffe2torch.graph.model import Graph
from caffe2torch.module import build
from caffe2torch.module.blobs import graph_of

Shapes = list[tuple[int, ...]]


def drawn(*shape: int, seed: int = 0) -> torch.Tensor:
    """Normal numbers, the same for the same seed."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def close(actual: torch.Tensor, expected: Any) -> None:
    """Assert that a top holds what a loop computed, as float32."""
    torch.testing.assert_close(actual.detach(), torch.as_tensor(np.asarray(expected, np.float32)))


def one_graph(
    kind: str, text: str, bottoms: Shapes, tops: int = 1, phase: str = "TRAIN", **options: Any
) -> Graph:
    """A graph of inputs b0, b1, ... and one layer "l" with tops t0, t1, ..."""
    message = pb.NetParameter(name="one")
    message.state.phase = pb.Phase.Value(phase)
    for i, shape in enumerate(bottoms):
        source = message.layer.add(name=f"b{i}", type="Input", top=[f"b{i}"])
        source.input_param.shape.add(dim=shape)
    layer = message.layer.add(name="l", type=kind)
    layer.bottom.extend(f"b{i}" for i in range(len(bottoms)))
    layer.top.extend(f"t{i}" for i in range(tops))
    text_format.Merge(text, layer)
    net = SimpleNamespace(message=message, file="", span=lambda *_: None)
    return build_graph(net, **options)  # type: ignore[arg-type]


def one_net(
    kind: str, text: str, bottoms: Shapes, tops: int = 1, phase: str = "TRAIN"
) -> nn.Module:
    """The module of that graph; its parameters are filled with seed 0."""
    return build.build(one_graph(kind, text, bottoms, tops, phase), seed=0)


def run_layer(
    kind: str, text: str, *bottoms: torch.Tensor, tops: int = 1, phase: str = "TRAIN"
) -> list[torch.Tensor]:
    """The tops of the layer for the given bottoms."""
    net = one_net(kind, text, [tuple(bottom.shape) for bottom in bottoms], tops, phase)
    return run_net(net, *bottoms)


def run_net(net: nn.Module, *bottoms: torch.Tensor) -> list[torch.Tensor]:
    """The tops of a module made by `one_net`, called again."""
    blobs = {f"b{i}": bottom for i, bottom in enumerate(bottoms)}
    tops = graph_of(net).node("l").tops
    result = build.run(net, blobs, tops)
    return [result[top] for top in tops]


def top_shapes(
    kind: str, text: str, bottoms: Shapes, tops: int = 1, phase: str = "TRAIN"
) -> Shapes:
    """What the shape rule says."""
    return one_graph(kind, text, bottoms, tops, phase).node("l").top_shapes
