"""Which layers and blobs take part in the backward pass.

Source: Caffe src/caffe/net.cpp (Net::Init: the walk back from the losses, force_backward)
"""

from __future__ import annotations

from collections.abc import Sequence

from caffe2torch.graph.model import Node


def prune(nodes: Sequence[Node]) -> None:
    """Clear the flags of layers that do not lie between a parameter and a loss."""
    under_loss: set[str] = set()
    skipped: set[str] = set()
    for node in reversed(nodes):
        contributes = any(node.loss_weights) or not under_loss.isdisjoint(node.tops)
        skip = all(top in skipped for top in node.tops)
        if node.need_backward and skip:
            node.need_backward = False
            node.bottom_need_backward = [False] * len(node.bottoms)
        if not contributes:
            node.need_backward = False
        for j, bottom in enumerate(node.bottoms):
            if contributes:
                under_loss.add(bottom)
            else:
                node.bottom_need_backward[j] = False
            if not node.bottom_need_backward[j]:
                skipped.add(bottom)


def fill(nodes: Sequence[Node]) -> None:
    """Set the flags of parameters whose layers compute every gradient, wanted or not."""
    for node in nodes:
        if node.need_backward and node.layer.fills_all_gradients:
            node.param_need_backward = [True] * len(node.params)


def force(nodes: Sequence[Node]) -> None:
    """Set the flags of all layers, as `force_backward` of a net does."""
    for node in nodes:
        node.need_backward = True
        node.bottom_need_backward = [
            need or node.layer.force_backward(node.site, j)
            for j, need in enumerate(node.bottom_need_backward)
        ]
        node.param_need_backward = [True] * len(node.params)
