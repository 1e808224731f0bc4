"""DenseCRF: labels of pixels smoothed by a dense random field (DeepLab); shapes only."""

from __future__ import annotations

from caffe2torch.errors import ShapeError
from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Shape, Site
from caffe2torch.layers.code import Code


class DenseCRF(Layer):
    """max_iter steps of mean-field inference with Gaussian filters over place and colour.

    Only its shapes are known here: a net with it can be read, checked and drawn, not run.

    Shape:    scores (N, C, H, W), height and width of each image (N, any), [image (N, 3, H, W)]
              -> (N, C, H, W)
    Params:   max_iter [10]; pos_w and pos_xy_std; bi_w, bi_xy_std and bi_rgb_std, as many of
              each; output_probability [true]
    Weights:  none
    Differs:  it cannot be run: its filters are an approximation on a lattice
    Raises:   ShapeError for bottoms and numbers of parameters that do not fit; UnsupportedError
              when it is to be run
    Source:   Krähenbühl and Koltun 2011; Chen et al., DeepLab (2014), its caffe
              densecrf_layer.cpp
    """

    type = "DenseCRF"
    origin = "deeplab"
    bottoms = (2, 3)
    backward = "cannot run backward"
    shapes_only = True
    param_field = "dense_crf_param"

    def shapes(self, x: Site) -> list[Shape]:
        param, scores = x.param.dense_crf_param, x.bottoms[0]
        places = {len(param.pos_w), len(param.pos_xy_std)}
        colours = {len(param.bi_w), len(param.bi_xy_std), len(param.bi_rgb_std)}
        if len(places) > 1 or len(colours) > 1 or (len(x.bottoms) == 3 and 0 in colours):
            raise ShapeError(
                "the weights and widths of its filters are not as many",
                field="dense_crf_param",
                hint="write as many pos_w as pos_xy_std, and of bi_w, bi_xy_std and bi_rgb_std",
            )
        fits = len(scores) == 4 and all(shape[:1] == scores[:1] for shape in x.bottoms)
        if not fits or x.bottoms[2:] not in ([], [(scores[0], 3, *scores[2:])]):
            raise ShapeError(
                f"takes scores (N, C, H, W), sizes and colour images, not {x.bottoms}",
                field="bottom",
                hint="interpolate the scores to the size of the image",
            )
        return [scores]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "its filters on a lattice are not reproduced", "remove it from the net")
