"""How far a learning rate lies beyond the largest one that the loss's curvature allows.

base_lr · h, h the largest second derivative of the loss, is stable below 2(1 + m) (Nesterov:
2(1 + m) / (1 + 2m)); what a sample has for itself shakes the weights, and is stable below
2(1 − m). Both shares are added, and multiplied by 2 / (logit std) where that is above 1: small
logits have to grow before anything is learned, and the curvature grows with them.
Source: Cohen et al. 2021 (edge of stability); Wu et al. 2018 (stability with noise).
"""

from __future__ import annotations

from caffe2torch.graph import wiring
from caffe2torch.graph.model import Node
from caffe2torch.layers.base import Role
from caffe2torch.lint.context import Context
from caffe2torch.lint.signal import LayerSignal, Signal

FITTED, MOST_GROWTH = 2.0, 10.0


def stability(c: Context, signal: Signal) -> float | None:
    """The rate in units of the largest stable one; None where the loss has no known curvature."""
    names = [layer.name for layer in signal.updates if not is_normalized(c, layer)]
    together, alone = (signal.curvature(shared) for shared in (1.0, 0.0))
    single = sum(alone[name] for name in names)
    common = sum(together[name] for name in names) - single
    if single <= 0 or signal.main is None:
        return None
    single /= signal.rates.iter_size
    m = min(signal.rates.momentum, 0.9999)
    most = 2 * (1 + m) / (1 + 2 * m if signal.rates.method == "Nesterov" else 1)
    growth = min(MOST_GROWTH, max(1.0, FITTED / max(signal.main.input_std, 1e-9)))
    return growth * ((single + common) / most + single / (2 * (1 - m)))


def is_normalized(c: Context, layer: LayerSignal) -> bool:
    """Whether BatchNorm makes up for the size of a layer's weights."""
    behind = wiring.following(c.train.graph, layer.node, _passes_size)
    return bool(behind) and all(node.layer.plays(Role.NORMALIZER) for node in behind)


def _passes_size(node: Node) -> bool:
    """Whether larger values in front are larger values behind; an offset goes with the mean."""
    if node.layer.plays(Role.NORMALIZER):
        return False
    return node.layer.homogeneous or node.layer.linear(node.site)
