"""MultiStageMeanfield: a conditional random field as a recurrent net (CRF-RNN); shapes only."""

from __future__ import annotations

from caffe2torch.errors import ShapeError
from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Blob, Layer, Shape, Site
from caffe2torch.layers.code import Code


class MultiStageMeanfield(Layer):
    """num_iterations of mean-field inference with a spatial and a bilateral Gaussian filter.

    Only its shapes are known here: a net with it can be read, checked and drawn, not run.

    Shape:    unary scores (N, C, H, W), scores to begin with (N, C, H, W), image (N, any, H, W)
              -> (N, C, H, W)
    Params:   num_iterations [1]; theta_alpha [10], theta_beta [10] and theta_gamma [10], widths of
              the filters; compatibility_mode [POTTS]; threshold; the filters' first weights
    Weights:  spatial_weight (1, 1, C, C); bilateral_weight (1, 1, C, C);
              compatibility (1, 1, C, C)
    Differs:  it cannot be run: its bilateral filter is an approximation on a lattice
    Raises:   ShapeError for bottoms that do not fit; UnsupportedError when it is to be run
    Source:   Zheng et al., Conditional Random Fields as Recurrent Neural Networks (2015); its
              caffe src/caffe/layers/multi_stage_meanfield.cpp
    """

    type = "MultiStageMeanfield"
    origin = "CRF-RNN"
    shapes_only = True
    bottoms = 3
    param_field = "multi_stage_meanfield_param"

    def shapes(self, x: Site) -> list[Shape]:
        unary, start, picture = x.bottoms
        if len(unary) != 4 or start != unary or (*picture[:1], *picture[2:]) != (
            unary[0], *unary[2:],
        ):  # fmt: skip
            raise ShapeError(
                f"takes scores twice and the image of the same size, not {x.bottoms}",
                field="bottom",
                hint="interpolate the scores to the size of the image",
            )
        return [unary]

    def blobs(self, x: Site) -> dict[str, Blob]:
        size = (1, 1, x.bottoms[0][1], x.bottoms[0][1])
        return {key: Blob(size) for key in ("spatial_weight", "bilateral_weight", "compatibility")}

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its filter on a lattice is not reproduced", "remove it from the net")
