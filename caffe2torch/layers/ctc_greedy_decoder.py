"""CTCGreedyDecoder: the likeliest letters of each row of scores (CRNN)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Role, Shape, Site
from caffe2torch.layers.code import Code


class CTCGreedyDecoder(Layer):
    """The likeliest class of each step without repeats and blanks, or how many are right.

    Shape:    scores (T, N, C)[, flags or labels] -> (N, T), or () with labels
    Params:   ctc_decoder_param blank_index, ctc_merge_repeated
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   caffe_train src/caffe/layers/ctc_decoder_layer.cpp
    """

    type = "CTCGreedyDecoder"
    origin = "CRNN"
    bottoms, tops = (1, 4), (1, 3)
    roles = frozenset({Role.RESULT})
    backward = "cannot run backward"
    shapes_only = True

    def shapes(self, x: Site) -> list[Shape]:
        t, n = x.shape(0, 2)[:2]
        return [(n, t) if len(x.bottoms) == 1 else ()] * x.n_tops

    def code(self, x: Site) -> Code:
        refuse_to_run(x, "the blank is another one in each fork")
