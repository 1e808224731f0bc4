"""Random weights as training leaves them: signals keep their size all the way through a net."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from caffe2torch.convert.compare import randomize
from caffe2torch.convert.conversion import run
from caffe2torch.graph.model import Graph, Node
from caffe2torch.layers.base import Role
from caffe2torch.module.blobs import blob_tensors, graph_of, submodule

BRANCH = 0.3
"""What a residual branch adds to its trunk, as a share of it. In trained nets the last factors of
branches are about so small; with 1 each block doubles what rounding errors have become."""


@torch.no_grad()
def settle(net: nn.Module, inputs: Sequence[Tensor], seed: int = 0) -> None:
    """Draw a net's weights, then fit them to what passes through the net for `inputs`.

    A BatchNorm gets the mean and the variance of what it reads. Weights whose sums have a spread
    above 1 are divided by it, and branches beside a shortcut add a part of what they would.
    Otherwise the values of deep nets grow until boxes overflow and scores saturate, and of equal
    scores each engine takes the one that it likes.
    """
    randomize(net, seed)
    graph = graph_of(net)
    branches = {id(node) for node in branch_ends(graph)}
    hooks = []
    for node in graph.nodes:
        if not node.params:
            continue
        module, most = submodule(net, node), BRANCH if id(node) in branches else 1.0
        if hasattr(module, "mean") and hasattr(module, "variance"):
            hooks.append(module.register_forward_pre_hook(_take_statistics))
        elif node.layer.plays(Role.WEIGHTS):
            hooks.append(module.register_forward_hook(_Limit(blob_tensors(net, node), most)))
        elif id(node) in branches:
            for tensor in blob_tensors(net, node):
                tensor *= most
    try:
        run(net, list(inputs))
    finally:
        for hook in hooks:
            hook.remove()


def branch_ends(graph: Graph) -> list[Node]:
    """The last layers with weights or factors of branches that a shortcut goes past."""
    last: dict[str, Node] = {}
    ends = []
    for node in graph.nodes:
        if node.type == "Split":
            last.update((top, last[node.bottoms[0]]) for top in node.tops)
            continue
        if node.layer.plays(Role.SUM):
            makers = [last[blob] for blob in node.bottoms]
            scaled = [one for one in makers if one.layer.plays(Role.WEIGHTS, Role.AFFINE)]
            ends += scaled if len(scaled) < len(makers) else []
        last.update(dict.fromkeys(node.tops, node))
    return ends


def _take_statistics(module: Any, given: tuple[Any, ...]) -> None:
    rows = given[0].transpose(0, 1).flatten(1)
    if rows.shape[1] > 1:
        module.mean.copy_(rows.mean(1))
        module.variance.copy_(rows.var(1) + 1e-3)
        if hasattr(module, "factor"):
            module.factor.fill_(1)


class _Limit:
    """Divides weights so that what they give has a spread of at most `most`."""

    def __init__(self, weights: list[Tensor], most: float) -> None:
        self.weights, self.most = weights, most

    def __call__(self, module: nn.Module, given: tuple[Any, ...], result: Any) -> Any:
        spread = float(result.std()) if isinstance(result, Tensor) and result.numel() > 1 else 0.0
        if not self.most < spread < float("inf"):
            return None
        for tensor in self.weights:
            tensor *= self.most / spread
        return module.forward(*given)
