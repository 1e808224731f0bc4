"""SegAccuracy: pixel accuracy, mean class accuracy and mean intersection over union."""

from __future__ import annotations

from caffe2torch.errors import ShapeError
from caffe2torch.layers._loss import legacy_shape
from caffe2torch.layers.base import Example, Layer, Role, Shape, Site
from caffe2torch.layers.code import Code, literal
from caffe2torch.layers.lazy import nn, torch


class SegAccuracy(Layer):
    """Accuracy over all pixels, mean over the classes, and mean Jaccard index of the classes.

    Shape:    score (N, C, H, W), label (N, 1, H, W) -> (1, 1, 1, 3)
    Params:   ignore_label, any number of them; reset [true]: if not, the counts of all batches
              add up; metric has no effect
    Weights:  none
    Differs:  nothing; of equal scores the last class counts, a class that neither occurs nor is
              predicted has Jaccard index 1 and no class accuracy
    Raises:   ShapeError if the bottoms do not fit; ValueError in forward for an unknown label
    Source:   Chen et al., DeepLab (2014); its caffe seg_accuracy_layer.cpp, confusion_matrix.cpp
    """

    type = "SegAccuracy"
    origin = "deeplab"
    bottoms = 2
    roles = frozenset({Role.METRIC})
    backward = "cannot run backward"
    param_field = "seg_accuracy_param"
    examples = (Example("", bottoms=[(2, 3, 4, 5), (2, 1, 4, 5)], integer=(1,), phase="TEST"),)

    def shapes(self, x: Site) -> list[Shape]:
        n, _, h, w = legacy_shape(x, 0)
        if legacy_shape(x, 1) != (n, 1, h, w):
            raise ShapeError(
                f"labels of shape {x.bottoms[1]} for scores {x.bottoms[0]}",
                field="bottom",
                hint=f"give them the shape {(n, 1, h, w)}",
            )
        return [(1, 1, 1, 3)]

    def code(self, x: Site) -> Code:
        param = x.param.seg_accuracy_param
        settings = f"{literal(list(param.ignore_label))}, reset={param.reset}"
        return Code(f"CaffeSegAccuracy({settings})")


class CaffeSegAccuracy(nn.Module):
    """Pixel accuracy, mean class accuracy and mean Jaccard index (1, 1, 1, 3).

    ignore: labels that do not count. reset: forget the batches before.
    """

    def __init__(self, ignore: tuple[int, ...] = (), reset: bool = True) -> None:
        super().__init__()
        self.ignore, self.reset = ignore, reset
        self.counts: torch.Tensor | None = None

    def forward(self, score: torch.Tensor, label: torch.Tensor) -> torch.Tensor:
        classes = score.shape[1]
        # the last of equal scores, as Caffe's sort of (score, class) pairs
        best = classes - 1 - score.detach().flip(1).argmax(dim=1).flatten()
        label = label.detach().long().flatten()
        for ignored in self.ignore:
            best, label = best[label != ignored], label[label != ignored]
        if ((label < 0) | (label >= classes)).any():
            raise ValueError(
                f"SegAccuracy: labels must lie in 0..{classes - 1}, or be ignored by ignore_label"
            )
        counts = torch.bincount(label * classes + best, minlength=classes**2)
        counts = counts.view(classes, classes).cpu().double()
        if self.counts is not None and not self.reset:
            counts = counts + self.counts
        self.counts = counts
        right, real = counts.diag(), counts.sum(dim=1)
        union = real + counts.sum(dim=0) - right
        recall = (right / real.clamp(min=1)).sum() / (real > 0).sum().clamp(min=1)
        jaccard = torch.where(right == union, 1.0, right / union.clamp(min=1)).mean()
        accuracy = right.sum() / counts.sum().clamp(min=1)
        return torch.stack((accuracy, recall, jaccard)).to(score).view(1, 1, 1, 3)
