"""ChannelScale against the loop of caffe-windows, its gradients and switches included."""

from __future__ import annotations

import numpy as np
import pytest

from caffe2torch.errors import UnsupportedError
from caffe2torch.module import build
from tests.layers.one_layer import close, drawn, one_graph, run_layer


@pytest.mark.parametrize("on", [(1, 1, 1), (0, 0, 1), (1, 1, 0)])
def test_products_and_gradients(on: tuple[int, int, int]) -> None:
    names = ("do_forward", "do_backward_feature", "do_backward_scale")
    fields = " ".join(
        f"{name}: {str(bool(value)).lower()}" for name, value in zip(names, on, strict=True)
    )
    x, s = drawn(2, 3, 2, 2).requires_grad_(), drawn(2, 1, 2, 2, seed=1).requires_grad_()
    (y,) = run_layer("ChannelScale", f"channel_scale_param {{ {fields} }}", x, s)
    w = drawn(2, 3, 2, 2, seed=2)
    (y * w).sum().backward()
    data, scale, diff = x.detach().numpy(), s.detach().numpy(), w.numpy()
    top, to_x, to_s = np.zeros_like(data), np.zeros_like(data), np.zeros_like(scale)
    for n, c, h, v in np.ndindex(*data.shape):
        top[n, c, h, v] = data[n, c, h, v] * (scale[n, 0, h, v] if on[0] else 1)
        to_x[n, c, h, v] = diff[n, c, h, v] * (scale[n, 0, h, v] if on[1] else 1)
        to_s[n, 0, h, v] += data[n, c, h, v] * diff[n, c, h, v] * on[2]
    close(y, top)
    assert x.grad is not None and s.grad is not None
    close(x.grad, to_x)
    close(s.grad, to_s)


def test_a_global_scale_is_not_run() -> None:
    graph = one_graph(
        "ChannelScale", "channel_scale_param { global_scale: true }", [(2, 3), (2, 1)]
    )
    with pytest.raises(UnsupportedError, match="global_scale"):
        build.build(graph, seed=0)
