"""Netvlad: sums of residuals to learned centres, by soft assignment (crn)."""

from __future__ import annotations

from caffe2torch.errors import ShapeError
from caffe2torch.layers._filled import filled
from caffe2torch.layers.base import Blob, Example, Layer, Shape, Site
from caffe2torch.layers.code import Code
from caffe2torch.layers.lazy import nn, torch


class Netvlad(Layer):
    """For each centre, the sum over the places of assignment · (feature + centre).

    Shape:    assignment (N, K, H, W), features (N, D, H, W) -> (N, K · D)
    Params:   cluster_num [1], K; local_dim [1], D; vlad_dim [1], K · D; weight_filler
    Weights:  weight (K, D), the negative centres
    Differs:  nothing
    Raises:   ShapeError if the bottoms or the three sizes do not fit
    Source:   Arandjelovic et al., NetVLAD (2016); crn caffe/src/caffe/layers/netvlad_layer.cpp
    """

    type = "Netvlad"
    origin = "crn"
    bottoms = 2
    param_field = "netvlad_param"
    examples = (
        Example(
            "netvlad_param { cluster_num: 3 local_dim: 4 vlad_dim: 12 "
            'weight_filler { type: "xavier" } }',
            bottoms=[(2, 3, 5, 6), (2, 4, 5, 6)],
        ),
    )

    def shapes(self, x: Site) -> list[Shape]:
        param = x.param.netvlad_param
        assigned, features = x.shape(0, 4, 4), x.shape(1, 4, 4)
        centres, size = param.cluster_num, param.local_dim
        if param.vlad_dim != centres * size:
            raise ShapeError(
                f"is {param.vlad_dim}, and cluster_num · local_dim is {centres * size}",
                field="netvlad_param.vlad_dim",
            )
        wanted = ((len_ := features[0], centres, *features[2:]), (len_, size, *features[2:]))
        if (assigned, features) != wanted:
            raise ShapeError(f"takes {wanted}, not {(assigned, features)}", field="bottom")
        return [(features[0], centres * size)]

    def blobs(self, x: Site) -> dict[str, Blob]:
        param = x.param.netvlad_param
        shape = (param.cluster_num, param.local_dim)
        return {"weight": filled(shape, param.weight_filler, "netvlad_param.weight_filler")}

    def code(self, x: Site) -> Code:
        param = x.param.netvlad_param
        return Code(f"CaffeNetvlad({param.cluster_num}, {param.local_dim})")


class CaffeNetvlad(nn.Module):
    """Residuals of features (N, D, H, W), summed by assignment (N, K, H, W): (N, K · D)."""

    def __init__(self, centres: int, size: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(centres, size))

    def forward(self, assigned: torch.Tensor, features: torch.Tensor) -> torch.Tensor:
        a, f = assigned.flatten(2), features.flatten(2)
        return (a @ f.transpose(1, 2) + a.sum(dim=2, keepdim=True) * self.weight).flatten(1)
