"""Fillers that do not fit the activations behind them.

What it does: counts layers with xavier in front of a ReLU (which halves the second moment, so
that each layer loses √2), and layers with msra in front of a sigmoid or tanh (√2 too large).

Why: eight such layers lose a factor 16, fifteen 181. In shallow nets it does no harm: LeNet and
CaffeNet train with xavier. So it is an info from eight layers on; where the signal dies of it,
C2T201 says so and names this rule. BatchNorm divides the loss out again, and the finding says so.
Source: He et al. 2015, section 2.2; Caffe include/caffe/filler.hpp, XavierFiller and MSRAFiller.

Bad::

    weight_filler { type: "xavier" }     # 13 convolutions, each in front of a ReLU

Good::

    weight_filler { type: "msra" }

Fix: the filler that fits. Unsafe: it changes training.
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.graph import wiring
from caffe2torch.graph.model import Node
from caffe2torch.layers.base import Layer
from caffe2torch.lint import naming, remedy
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding, Fix
from caffe2torch.lint.signal.numbers import show

SEVERITY = "info"
RANK = 93
YIELDS_TO = ("C2T201", "C2T202")

MANY = 8


def check(c: Context) -> Iterator[Finding]:
    """Yield one finding for all layers that lose, and one for all that gain."""
    if not c.from_scratch:
        return
    graph = c.train.graph
    mended = "BatchNorm makes up for it" if wiring.normalized(graph) else ""
    pairs = [(n, _filler(n), wiring.activation(graph, n)) for n in remedy.fillable(c)]
    known = [(n, filler, act) for n, filler, act in pairs if act is not None]
    losing = [n for n, filler, act in known if filler == "xavier" and _halves(act.layer)]
    gaining = [n for n, filler, act in known if filler == "msra" and act.layer.saturates(act.site)]
    deep = wiring.depth(graph, losing)
    if deep >= MANY:
        factor = 2 ** (deep / 2)
        what = (
            f"{len(losing)} layers with xavier in front of ReLU shrink the signal by {show(factor)}"
        )
        yield _finding(c, losing, what, "msra", mended)
    if gaining:
        what = (
            f"{len(gaining)} layers with msra, which is meant for ReLU, in front of TanH or Sigmoid"
        )
        yield _finding(c, gaining, what, "xavier")


def _halves(layer: Layer) -> bool:
    """Whether an activation halves the second moment of values around 0, whatever their size."""
    return layer.rectifies and layer.homogeneous


def _filler(node: Node) -> str:
    return str(getattr(node.param, node.layer.param_field).weight_filler.type)


def _finding(c: Context, nodes: list[Node], what: str, kind: str, why: str = "") -> Finding:
    edits = remedy.filler_edits(c, {node.name: kind for node in nodes})
    return Finding(
        what,
        c.train.span(nodes[0].index, f"{nodes[0].layer.param_field}.weight_filler"),
        hint=f'weight_filler {{ type: "{kind}" }}',
        fix=Fix(f"{kind} in {naming.counted(nodes)}", edits) if edits else None,
        why=why,
    )
