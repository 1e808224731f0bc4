"""--label-smoothing: all classes get a share of the label alike, in SoftmaxWithLoss."""

from __future__ import annotations

from torch import nn

from caffe2torch.errors import SolverError
from caffe2torch.layers.softmax_with_loss import CaffeSoftmaxWithLoss


def smooth_labels(net: nn.Module, share: float) -> None:
    """Let softmax losses train on (1 - share) of the label and share / C of each of C classes.

    Raises: SolverError for a net without such a loss.
    Source: Szegedy et al. 2016, Rethinking the Inception architecture
    """
    # The emitted file holds a copy of the class, so it is known by its name.
    losses = [one for one in net.modules() if type(one).__name__ == CaffeSoftmaxWithLoss.__name__]
    if not losses:
        raise SolverError("--label-smoothing needs a SoftmaxWithLoss layer, and the net has none")
    for loss in losses:
        setattr(loss, "label_smoothing", share)  # noqa: B010  the class is not this one
