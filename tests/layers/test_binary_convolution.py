"""BinaryConvolution against a loop over filters."""

from __future__ import annotations

import pytest
import torch

from caffe2torch.errors import UnsupportedError
from tests.layers.one_layer import one_net, run_net, top_shapes

TEXT = 'convolution_param { num_output: 2 kernel_size: 2 weight_filler { type: "gaussian" } } '


@pytest.mark.parametrize("alpha", [False, True])
def test_filters_count_by_their_signs(alpha: bool) -> None:
    text = TEXT + f"binary_convolution_param {{ use_alpha: {str(alpha).lower()} }}"
    net = one_net("BinaryConvolution", text, [(1, 3, 4, 4)])
    weight = net.state_dict()["l.weight"]
    x = torch.randn(1, 3, 4, 4)
    (y,) = run_net(net, x)
    for f in range(2):
        size = weight[f].abs().mean() if alpha else 1.0
        for i in range(3):
            for j in range(3):
                patch = x[0, :, i : i + 2, j : j + 2]
                wanted = (patch * torch.where(weight[f] >= 0, 1.0, -1.0)).sum() * size
                assert y[0, f, i, j].item() == pytest.approx(wanted.item(), rel=1e-4, abs=1e-5)


def test_the_gradient_of_a_filter_is_that_of_its_signs() -> None:
    net = one_net("BinaryConvolution", TEXT + "binary_convolution_param { }", [(1, 3, 2, 2)])
    x = torch.randn(1, 3, 2, 2)
    run_net(net, x)[0].sum().backward()
    parameter = dict(net.named_parameters())["l.weight"]
    assert torch.allclose(parameter.grad[0], x[0]) and torch.allclose(parameter.grad[1], x[0])


def test_of_another_fork_it_is_not_run() -> None:
    assert top_shapes("BinaryConvolution", TEXT, [(1, 3, 4, 4)]) == [(1, 2, 3, 3)]
    with pytest.raises(UnsupportedError, match="one of several forks"):
        one_net("BinaryConvolution", TEXT, [(1, 3, 4, 4)])
