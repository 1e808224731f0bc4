"""Inputs to try a net on: random pixels, and whole numbers where the net takes labels."""

from __future__ import annotations

import torch
from torch import Tensor

from caffe2torch.graph import Graph, Node

RESHAPING = ("Split", "Flatten", "Reshape", "Slice", "Permute", "Concat")
LABELS = ("Accuracy", "InfogainLoss", "MultinomialLogisticLoss", "HingeLoss", "ContrastiveLoss")
ZERO = ("ROIPooling", "PSROIPooling", "BatchReindex", "Filter")
"""Types whose second bottom is numbers of boxes or items: zeros are always valid."""


def inputs(graph: Graph, seed: int = 0, batch: int | None = None) -> list[Tensor]:
    """One tensor per input of the net, in the order of `forward`.

    batch: at most this many items along the first axis
    """
    generator = torch.Generator().manual_seed(seed)
    found = []
    for node in graph.sources:
        for top, shape in zip(node.tops, node.top_shapes, strict=True):
            highest = _classes(graph, top)
            if highest is None:
                value = torch.randn(shape, generator=generator)
            else:
                value = torch.randint(0, max(highest, 1), shape, generator=generator).float()
            found.append(value if batch is None or not shape else value[:batch])
    return found


def _classes(graph: Graph, blob: str) -> int | None:
    """How many whole numbers a blob takes, if it is labels, indices or the like; else None."""
    followed = {blob}
    for node in graph.nodes:
        for j, bottom in enumerate(node.bottoms):
            if bottom not in followed:
                continue
            count = _taken(node, j)
            if count is not None:
                return count
            if node.type in RESHAPING:
                followed.update(node.tops)
    return None


def _taken(node: Node, bottom: int) -> int | None:
    if node.type == "Embed":
        return node.param.embed_param.input_dim
    if bottom == 1 and ("SoftmaxWithLoss" in node.type or node.type in LABELS):
        axis = 1 if len(node.bottom_shapes[0]) > 1 else 0
        return node.bottom_shapes[0][axis]
    if bottom == 2 and node.type == "ContrastiveLoss":
        return 2
    return 1 if bottom == 1 and node.type in ZERO else None
