"""iter_size does not enlarge the batch that BatchNorm normalises over.

What it does: looks for iter_size above 1 in a TRAIN net with BatchNorm that uses its own batch's
statistics.

Why: iter_size adds up gradients of several small batches, which replaces a large batch for every
layer but this one: BatchNorm computes mean and variance of batch_size samples, and moves its
running averages iter_size times an iteration, so that moving_average_fraction forgets faster. With
fewer than 8 samples the statistics are noise: the error of ResNet-50 rises from 23.6 % at 32 a
device to 34.7 % at 2.
Source: Caffe src/caffe/layers/batch_norm_layer.cpp, Forward; Wu and He 2018, Group Normalization,
table 2.

A warning below 8 samples (places of a map count, below 8 maps all the same), else an info.

Bad::

    iter_size: 16          # batch_size: 2

Good::

    iter_size: 2           # batch_size: 16
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.graph.model import Node
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding

SEVERITY = "info"
RANK = 57

FEW = 8


def check(c: Context) -> Iterator[Finding]:
    """Yield one finding, at iter_size."""
    steps = c.param.iter_size
    norms = [node for node in c.train.nodes if _learns(node)] if steps > 1 else []
    if not norms:
        return
    batch = norms[0].bottom_shapes[0][0]
    yield Finding(
        f"{len(norms)} BatchNorm layers normalise over batch_size {batch}, not {batch * steps}",
        c.span("iter_size"),
        severity="warning" if batch < FEW else "info",
        hint="a larger batch_size and a smaller iter_size",
        ways=("frozen statistics (use_global_stats) when fine-tuning",),
        why=f"iter_size {steps} adds gradients up, and leaves every forward at {batch} samples",
    )


def _learns(node: Node) -> bool:
    """Whether a layer takes the statistics of the batch at hand."""
    param = node.param.batch_norm_param
    return node.type == "BatchNorm" and not param.use_global_stats
