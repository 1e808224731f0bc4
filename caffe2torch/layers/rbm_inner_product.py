"""RBMInnerProduct: a restricted Boltzmann machine that learns in forward; shapes only."""

from __future__ import annotations

import math

from caffe2torch.errors import ShapeError, plural
from caffe2torch.layers._filled import filled
from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Blob, Layer, Shape, Site
from caffe2torch.layers.code import Code


class RBMInnerProduct(Layer):
    """Hidden units from visible ones by an InnerProduct, squashed and sampled, and back.

    Only its shapes are known here: a net with it can be read, checked and drawn, not run.

    Shape:    visible (N, any) -> up to three of: hidden sums, their squashed values and samples
              (N, num_output), then for each loss_measure the reconstruction, as the bottom, or
              the free energy (N)
    Params:   connection_layer_param, an InnerProduct; hidden and visible activation and sampling
              layers; visible_bias_term [true]; visible_bias_filler; sample_steps_in_update [1];
              forward_is_update [true]; loss_measure
    Weights:  weight (num_output, K); bias (num_output); visible_bias (1, any)
    Differs:  it cannot be run: in the fork forward itself changes the gradients of the weights
              (contrastive divergence), for which a net here has no place
    Raises:   ShapeError if it is not an InnerProduct, or for a wrong number of tops;
              UnsupportedError when it is to be run
    Source:   a fork of Caffe for Boltzmann machines, src/caffe/layers/rbm_inner_product_layer.cpp
    """

    type = "RBMInnerProduct"
    origin = "RBM"
    shapes_only = True
    tops = (1, None)
    param_field = "rbm_inner_product_param"

    def shapes(self, x: Site) -> list[Shape]:
        param, bottom = x.param.rbm_inner_product_param, x.bottoms[0]
        inner = param.connection_layer_param
        if inner.type != "InnerProduct" or not inner.inner_product_param.num_output:
            raise ShapeError(
                "connection_layer_param is not an InnerProduct with num_output",
                field="rbm_inner_product_param.connection_layer_param",
            )
        measures = list(param.loss_measure)
        hidden = x.n_tops - len(measures)
        if not 0 <= hidden <= 3:
            raise ShapeError(
                f"has {plural(x.n_tops, 'top')}, of which {len(measures)} are measures",
                field="top",
                hint="write up to three tops, then one for each loss_measure",
            )
        errors = [bottom if m == param.RECONSTRUCTION else bottom[:1] for m in measures]
        return [(bottom[0], inner.inner_product_param.num_output)] * hidden + errors

    def blobs(self, x: Site) -> dict[str, Blob]:
        param, bottom = x.param.rbm_inner_product_param, x.bottoms[0]
        inner = param.connection_layer_param.inner_product_param
        shape = (inner.num_output, math.prod(bottom[1:]))
        field = "rbm_inner_product_param.connection_layer_param.inner_product_param"
        blobs = {"weight": filled(shape, inner.weight_filler, f"{field}.weight_filler")}
        if inner.bias_term:
            blobs["bias"] = filled(shape[:1], inner.bias_filler, f"{field}.bias_filler")
        if param.visible_bias_term:
            bias_field = "rbm_inner_product_param.visible_bias_filler"
            blobs["visible_bias"] = filled((1, *bottom[1:]), param.visible_bias_filler, bias_field)
        return blobs

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "in its fork, forward changes the gradients")
