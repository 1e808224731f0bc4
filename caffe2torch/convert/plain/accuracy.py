"""Accuracy of plain scores and labels: a few lines."""

from __future__ import annotations

from caffe2torch.layers.base import Site
from caffe2torch.layers.code import Code
from caffe2torch.layers.lazy import torch


def code(x: Site) -> Code | None:
    """A function of scores (N, C) and labels (N); None where the parameters ask for more."""
    param = x.param.accuracy_param
    plain = len(x.bottoms[0]) == 2 and param.axis in (1, -1) and x.n_tops == 1
    if not plain or param.HasField("ignore_label"):
        return None
    call = f"top_accuracy({{0}}, {{1}}, {param.top_k})"
    return Code(call=call)


def top_accuracy(scores: torch.Tensor, labels: torch.Tensor, k: int) -> torch.Tensor:
    """Share of labels among the k best scores; in Caffe a tie counts against the label."""
    score = scores.gather(1, labels.reshape(-1, 1).long())
    return ((scores >= score).sum(1) <= k).to(scores.dtype).mean()
