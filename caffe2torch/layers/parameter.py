"""Parameter: a blob that is learned by itself."""

from __future__ import annotations

from caffe2torch.layers._shared import CaffeReplaced
from caffe2torch.layers.base import Blob, DiffMemory, Example, Layer, Shape, Site
from caffe2torch.layers.code import Code, literal
from caffe2torch.layers.lazy import nn, torch


class Parameter(Layer):
    """Its own weight, as a blob that other layers can take.

    Shape:    nothing -> shape
    Params:   shape
    Weights:  weight (shape), filled with 0
    Differs:  its gradient replaces that of the pass before, so that iter_size counts the last pass
              only, and a loss_weight of its own top is lost, as in Caffe: the top's gradient is the
              weight's, which others write into and which each iteration clears
    Raises:   nothing
    Source:   Caffe include/caffe/layers/parameter_layer.hpp
    """

    type = "Parameter"
    bottoms = 0
    param_field = "parameter_param"
    examples = (Example("parameter_param { shape { dim: 2 dim: 3 } }"),)

    def shapes(self, x: Site) -> list[Shape]:
        return [tuple(x.param.parameter_param.shape.dim)]

    def blobs(self, x: Site) -> dict[str, Blob]:
        return {"weight": Blob(tuple(x.param.parameter_param.shape.dim))}

    def lasting(self, x: Site) -> tuple[int, ...]:
        return (0,)

    def diff_memory(self, x: Site) -> DiffMemory:
        return DiffMemory.LENT

    def replaced(self, x: Site) -> tuple[str, ...]:
        return ("weight",)

    def code(self, x: Site) -> Code:
        shape = tuple(x.param.parameter_param.shape.dim)
        return Code(f"CaffeParameter({literal(shape)})", "{self}()")


class CaffeParameter(nn.Module):
    """A weight as a module."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(shape))

    def forward(self) -> torch.Tensor:
        """Give the weight, with a gradient that replaces the old one."""
        weight: torch.Tensor = CaffeReplaced.apply(self.weight) if self.training else self.weight
        return weight
