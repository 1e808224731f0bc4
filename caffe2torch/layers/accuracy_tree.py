"""AccuracyTree: how many labels a tree of classifiers finds, down to each depth (yjxiong)."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from caffe2torch import inputs
from caffe2torch.data.paths import places, resolve
from caffe2torch.errors import DataError, ShapeError
from caffe2torch.layers.base import Layer, Role, Shape, Site
from caffe2torch.layers.code import Code
from caffe2torch.layers.lazy import nn, torch
from caffe2torch.layers.softmax_loss_tree import tree_shapes

Table = list[list[int]]


class AccuracyTree(Layer):
    """Share of labels for which the first classifier, then the one that stands below the class it
    found, and so on, are right. The last depth is right if the class is among its top_k.

    Shape:    scores of each classifier (N, any), labels (N) -> () for each depth
    Params:   tree_depth; label_transform_file, one a classifier: its number i is the class of
              label i there, or -1; accuracy_param top_k [1]
    Weights:  none; the classes are written into the source
    Differs:  of equal scores the later is the better one, as in the fork
    Raises:   ShapeError if bottoms and files, or tops and depth, do not fit; DataError if a file
              cannot be read; GraphError if a gradient must pass: the fork has none
    Source:   yjxiong's caffe (2014) src/caffe/layers/accuracy_tree_layer.cpp
    """

    type = "AccuracyTree"
    aliases = ("ACCURACY_TREE",)
    origin = "yjxiong"
    bottoms, tops = (2, None), (1, None)
    keeps_output = False
    roles = frozenset({Role.METRIC})
    backward = "has no gradient: it is no loss"
    param_field = "tree_param"

    def shapes(self, x: Site) -> list[Shape]:
        return tree_shapes(x, self.param_field)

    def code(self, x: Site) -> Code:
        classes = [math.prod(shape[1:]) for shape in x.bottoms[:-1]]
        tables = [_read(x, name) for name in x.param.tree_param.label_transform_file]
        for table, wanted, name in zip(tables, classes, x.bottom_names, strict=False):
            if {k for k in table if k >= 0} != set(range(wanted)):
                raise ShapeError(
                    f"the classes of the file for {name!r} are not 0 to {wanted - 1}",
                    field="tree_param.label_transform_file",
                )
        steps = _steps(tables, classes, x.n_tops)
        words = ["/".join(" ".join(map(str, row)) for row in step) for step in steps]
        top_k = x.param.accuracy_param.top_k
        return Code(f"CaffeAccuracyTree({words!r}, {top_k})")


def _read(x: Site, source: str) -> list[int]:
    path = Path(resolve(source, x.base))
    try:
        return [int(word) for word in inputs.read_text(path).split()]
    except (OSError, ValueError) as error:
        reason = f"file of new labels {source!r} cannot be read: {error}"
        raise DataError(reason, hint=places(source, x.base)) from None


def _steps(tables: Table, classes: list[int], depth: int) -> list[Table]:
    """For each depth: for each label the classifier that decides there, and its class there."""
    first, last, steps = 0, 1, []
    node = [0] * len(tables[0])
    for _ in range(depth):
        into = [tables[k][i] if k >= 0 else -1 for i, k in enumerate(node)]
        steps.append([node, into])
        below = {k: last + sum(classes[first:k]) for k in range(first, last)}
        node = [below[k] + c if k >= 0 and c >= 0 else -1 for k, c in zip(node, into, strict=True)]
        first, last = last, last + sum(classes[first:last])
    return steps


class CaffeAccuracyTree(nn.Module):
    """Accuracy down to each depth; steps hold for each label its classifier and its class."""

    def __init__(self, steps: Any, top_k: int) -> None:
        super().__init__()
        self.steps = [[list(map(int, row.split())) for row in step.split("/")] for step in steps]
        self.top_k = top_k

    def forward(self, *bottoms: torch.Tensor) -> Any:
        """Give a scalar for each depth."""
        labels, right, shares = bottoms[-1].flatten().tolist(), [1.0] * len(bottoms[0]), []
        for depth, (node, wanted) in enumerate(self.steps):
            top_k = self.top_k if depth == len(self.steps) - 1 else 1
            for i, label in enumerate(labels):
                target = wanted[int(label)]
                scores = bottoms[node[int(label)]][i].flatten().tolist() if target >= 0 else []
                better = [s for j, s in enumerate(scores) if (s, j) > (scores[target], target)]
                right[i] *= float(target >= 0 and len(better) < top_k)
            shares.append(bottoms[0].new_tensor(sum(right) / len(right)))
        return tuple(shares) if len(shares) > 1 else shares[0]
