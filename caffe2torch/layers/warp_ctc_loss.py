"""WarpCTCLoss: CTC loss of text, by a library (CRNN)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Shape, Site
from caffe2torch.layers.code import Code


class WarpCTCLoss(Layer):
    """Connectionist temporal classification loss of rows of letters.

    Shape:    scores (T, N, C), labels (N, L) or (L, N) -> ()
    Params:   none
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   dlunion and caffe_train warp_ctc_loss_layer.cpp
    """

    type = "WarpCTCLoss"
    aliases = ("WarpCTC", "CtcLoss", "WARP_CTC_LOSS")
    origin = "CRNN"
    bottoms, tops = (2, 4), 1
    loss = True
    shapes_only = True

    def shapes(self, x: Site) -> list[Shape]:
        return [()]

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "the blank is another one in each fork")
