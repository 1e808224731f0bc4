"""SeLU: the self-normalizing exponential unit."""

from __future__ import annotations

from caffe2torch.layers.base import Example, Layer, Moments, Role, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import F, torch


class SeLU(Layer):
    """lambda · x for x > 0, else lambda · alpha · (exp(x) - 1).

    Shape:    x (any) -> same
    Params:   lambda [1.05070102]; alpha [1.67326319]
    Weights:  none
    Differs:  nothing; with the defaults it is torch's nn.SELU
    Raises:   nothing
    Source:   Klambauer et al., Self-Normalizing Neural Networks (2017); DeepDetect's selu_layer.cpp
    """

    type = "SeLU"
    aliases = ("SeLu", "Selu")
    origin = "deepdetect"
    roles = frozenset({Role.ACTIVATION})
    param_field = "selu_param"
    examples = (
        Example("", bottoms=[(2, 3, 4)], low=-3.0, high=3.0),
        Example("selu_param { lambda: 1.5 alpha: 2 }", bottoms=[(2, 3)]),
    )

    def code(self, x: Site) -> Code:
        param = x.param.selu_param
        if not param.HasField("lambda") and not param.HasField("alpha"):
            return Code("nn.SELU()")
        return op(selu, scale=getattr(param, "lambda"), alpha=param.alpha)

    def signal(self, x: Site) -> Moments:
        import numpy as np

        from caffe2torch.moments import pointwise

        scale, alpha = 1.0507, 1.6733
        return pointwise.function(
            lambda u: scale * np.where(u > 0, u, alpha * np.expm1(np.minimum(u, 0)))
        )


def selu(x: torch.Tensor, scale: float, alpha: float) -> torch.Tensor:
    """scale · x for x > 0, else scale · alpha · (exp(x) - 1); any shape."""
    return scale * F.elu(x, alpha)
