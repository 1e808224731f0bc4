"""Loaded nets by pickle, `torch.save`, deepcopy, and in processes that are spawned.

Their classes live in source that was emitted in this process; another one writes it anew from the
net's own text. Weights keep their type, device and sharing; hooks are left behind.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from caffe2torch import caffe_pb2 as pb
from caffe2torch.format.upgrade import net_from_message
from caffe2torch.graph import build_graph
from caffe2torch.graph.model import Graph, Recipe
from caffe2torch.layers.base import Shape
from caffe2torch.module.blobs import graph_of
from caffe2torch.module.build import build


@dataclass(frozen=True)
class Blueprint:
    """What a module is built from, in plain types.

    net, state: serialised NetParameter and NetState
    file:    of the net, for paths in it
    returns: blobs that forward returns, None for the net's outputs
    """

    net: bytes
    state: bytes
    file: str
    input_shapes: dict[str, Shape]
    assume: bool
    returns: list[str] | None

    def graph(self) -> Graph:
        """The graph, wired again. Raises: C2TError as it would for the file."""
        net = net_from_message(pb.NetParameter.FromString(self.net), self.file)
        return build_graph(
            net,
            pb.NetState.FromString(self.state),
            input_shapes=self.input_shapes,
            assume=self.assume,
        )


def portable(net: nn.Module, returns: list[str] | None = None) -> nn.Module:
    """Let a built net be pickled and copied; `returns` as it was built with."""
    net.returned_blobs = returns  # type: ignore[assignment]
    type(net).__reduce_ex__ = _reduce  # type: ignore[method-assign,assignment]
    return net


def _reduce(net: nn.Module, _protocol: int) -> tuple[Any, ...]:
    graph = graph_of(net)
    recipe = graph.recipe
    assert isinstance(recipe, Recipe)
    file = str(Path(graph.net.file).resolve()) if graph.net.file else ""
    blueprint = Blueprint(
        graph.net.message.SerializeToString(deterministic=True),
        recipe.state.SerializeToString(),
        file,
        recipe.input_shapes,
        recipe.assume,
        net.returned_blobs,  # type: ignore[arg-type]
    )
    tensors = {key: value.detach() for key, value in _tensors(net).items()}
    learned = {key for key, value in _tensors(net).items() if value.requires_grad}
    modes = {name: module.training for name, module in net.named_modules()}
    return _rebuild, (blueprint, tensors, learned, modes)


def _tensors(net: nn.Module) -> dict[str, Tensor]:
    return {**dict(net.named_parameters()), **dict(net.named_buffers())}


def _rebuild(
    blueprint: Blueprint, tensors: dict[str, Tensor], learned: set[str], modes: dict[str, bool]
) -> nn.Module:
    net = portable(build(blueprint.graph(), seed=0, returns=blueprint.returns), blueprint.returns)
    for key, value in _tensors(net).items():
        value.data = tensors[key]
        if isinstance(value, nn.Parameter):
            value.requires_grad_(key in learned)
    for name, module in net.named_modules():
        module.training = modes[name]
    return net
