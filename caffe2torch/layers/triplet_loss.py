"""TripletLoss: an anchor nearer to a positive than to negatives, by a margin."""

from __future__ import annotations

from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import Example, Layer, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import torch


class TripletLoss(Layer):
    """Sum of max(0, margin + |a - p|^2 - |a - n|^2) over twice the number of anchors.

    Two forks share the name, told apart by their bottoms:
    anchor, positive, negative[, similarity]: three blobs of one shape; the fourth is not read
    features, label: sets of rows: an anchor, a positive, then the negatives; the label is not read

    Shape:    as above, features (N, D) or (N, D, 1, 1) -> ()
    Params:   margin [1]; num_triplets [3], negatives a set, whose loss has |a - p|^2 besides;
              num_negatives [1], where that is written instead: no such term; losstype [0]: as
              above; 1: max(0, 1 - |a - n|^2 / (|a - p|^2 + margin)) in its place
    Weights:  none
    Differs:  the gradient of losstype 1 is the mathematical one
    Raises:   ShapeError if shapes differ, the rows are not whole sets, or a set has no negative
    Source:   Schroff et al., FaceNet (2015); Wohlhart, Lepetit (2015) for losstype 1; the forks'
              triplet_loss_layer.cpp
    """

    type = "TripletLoss"
    origin = "single forks"
    bottoms = (2, 4)
    loss = True
    param_field = "triplet_loss_param"
    examples = (
        Example("", bottoms=[(4, 3), (4, 3), (4, 3)]),
        Example("triplet_loss_param { num_negatives: 2 losstype: 1 }", bottoms=[(8, 3), (8,)]),
    )

    def shapes(self, x: Site) -> list[Shape]:
        rows = negatives(x) + 2
        if len(x.bottoms) > 2 and len(set(x.bottoms[:3])) > 1:
            raise ShapeError(
                f"anchor, positive and negative have shapes {x.bottoms[:3]}; they must be equal",
                field="bottom",
            )
        if len(x.bottoms) == 2 and rows < 3:
            raise ShapeError(
                f"a set of rows has {rows - 2} negatives, and needs 1 or more",
                field="triplet_loss_param",
            )
        if len(x.bottoms) == 2 and x.shape(0, 1)[0] % rows:
            raise ShapeError(
                f"{x.bottoms[0][0]} rows are not whole sets of {rows} (anchor, positive, "
                f"{rows - 2} negatives)",
                field="bottom",
                hint=f"make the batch size a multiple of {rows}",
            )
        return [()]

    def force_backward(self, x: Site, bottom: int) -> bool:
        return bottom < (3 if len(x.bottoms) > 2 else 1)

    def code(self, x: Site) -> Code:
        param = x.param.triplet_loss_param
        settings = {"margin": param.margin, "ratio": bool(param.losstype)}
        if len(x.bottoms) > 2:
            code = op(triplet_loss, **settings)
            return Code(code.init, "{self}({0}, {1}, {2})")
        pair = not param.HasField("num_negatives")
        code = op(triplet_set_loss, negatives=negatives(x), pair=pair, **settings)
        return Code(code.init, "{self}({0})")


def negatives(x: Site) -> int:
    """Number of negatives in a set of rows."""
    param = x.param.triplet_loss_param
    count = param.num_negatives if param.HasField("num_negatives") else param.num_triplets
    return int(count)


def triplet_losses(
    near: torch.Tensor, far: torch.Tensor, margin: float, ratio: bool
) -> torch.Tensor:
    """Loss of each pair of squared distances to a positive and to a negative, any shape."""
    loss = 1 - far / (near + margin) if ratio else margin + near - far
    return loss.relu()


def triplet_loss(
    anchor: torch.Tensor,
    positive: torch.Tensor,
    negative: torch.Tensor,
    margin: float,
    ratio: bool,
) -> torch.Tensor:
    """Loss, a scalar, of rows (N, any) of three blobs."""
    near, far = ((anchor - other).square().flatten(1).sum(dim=1) for other in (positive, negative))
    return triplet_losses(near, far, margin, ratio).sum() / len(anchor) / 2


def triplet_set_loss(
    x: torch.Tensor, negatives: int, pair: bool, margin: float, ratio: bool
) -> torch.Tensor:
    """Loss, a scalar, of sets of rows: an anchor, a positive and `negatives` others (N, any)."""
    rows = x.reshape(-1, negatives + 2, x[:1].numel())
    near, *far = ((rows[:, :1] - rows[:, 1:]).square().sum(dim=2)).unbind(dim=1)
    losses = [triplet_losses(near, other, margin, ratio) for other in far]
    total = torch.stack(losses).sum() + (near.sum() if pair else 0)
    return total / len(rows) / 2
