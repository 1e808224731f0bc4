"""ConvLSTM: an LSTM of convolutions (ConvLSTM-for-Caffe)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnly
from caffe2torch.layers.base import Shape, Site


class ConvLSTM(ShapesOnly):
    """Long short-term memory whose products are convolutions.

    Shape:    x (T, N, C, H, W), cont (T, N)[, state h, c] -> (T, N, num_output, H, W)[, state
              h, c (1, N, num_output, H, W) with expose_hidden]
    Params:   lstm_conv_param num_output; lstm_debug_param expose; recurrent_param expose_hidden
    Weights:  those of its convolutions, which are not declared here
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Shi et al., Convolutional LSTM network (2015); agethen ConvLSTM-for-Caffe
              src/caffe/layers/conv_lstm_layer.cpp
    """

    type = "ConvLSTM"
    aliases = ("ConvLSTMReLU",)
    origin = "ConvLSTM-for-Caffe"
    bottoms, tops = (2, None), (1, None)
    param_field = "recurrent_param"

    def shapes(self, x: Site) -> list[Shape]:
        t, n, _, h, w = x.shape(0, 5, 5)
        given = x.param.lstm_conv_param
        state = (n, given[0].num_output if given else 0, h, w)
        exposed = 2 if x.param.recurrent_param.expose_hidden else 0
        steps: Shape = (t, *state)
        last: Shape = (1, *state)
        return [steps] * (x.n_tops - exposed) + [last] * exposed
