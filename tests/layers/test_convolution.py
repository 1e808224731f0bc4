"""Convolution against naive loops, over 0 to 4 spatial axes, and what it refuses."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import torch

from caffe2torch.errors import ShapeError, UnsupportedError
from caffe2torch.module.blobs import export_blobs, graph_of
from caffe2torch.module.emit import emit
from tests.layers.one_layer import one_graph, one_net, run_layer, run_net, top_shapes

TEXT = (
    "convolution_param {{ num_output: {o} group: {g} axis: {axis} {window} bias_term: {bias} "
    'weight_filler {{ type: "gaussian" }} bias_filler {{ type: "gaussian" }} }}'
)


def reference(
    x: np.ndarray, weight: np.ndarray, bias: Any, stride: Any, pad: Any, dilation: Any, group: int
) -> np.ndarray:
    """(N, C, sizes...) by the definition: one output number at a time."""
    kernel = weight.shape[2:]
    sizes = x.shape[2:]
    extents = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
    out = [
        int((s + 2 * p - e) / st) + 1
        for s, p, e, st in zip(sizes, pad, extents, stride, strict=True)
    ]
    y = np.zeros((len(x), len(weight), *out))
    per_in, per_out = weight.shape[1], len(weight) // group
    for n, o, *at in itertools.product(*map(range, y.shape)):
        total = 0.0 if bias is None else float(bias[o])
        for c, *tap in itertools.product(range(per_in), *map(range, kernel)):
            place = [
                a * s - p + t * d
                for a, s, p, t, d in zip(at, stride, pad, tap, dilation, strict=True)
            ]
            if all(0 <= i < size for i, size in zip(place, sizes, strict=True)):
                channel = o // per_out * per_in + c
                total += float(x[(n, channel, *place)]) * float(weight[(o, c, *tap)])
        y[(n, o, *at)] = total
    return y


def check(
    shape: Any,
    window: str,
    stride: Any,
    pad: Any,
    dilation: Any,
    o: int = 4,
    g: int = 1,
    axis: int = 1,
    bias: bool = True,
) -> None:
    text = TEXT.format(o=o, g=g, axis=axis, window=window, bias=str(bias).lower())
    net = one_net("Convolution", text, [shape])
    x = torch.randn(shape)
    (y,) = run_net(net, x)
    weight, *rest = export_blobs(net)["l"]
    flat = x.numpy().reshape(-1, *shape[axis:])
    wanted = reference(flat, weight, rest[0] if rest else None, stride, pad, dilation, g)
    assert tuple(y.shape) == graph_of(net).node("l").top_shapes[0]
    np.testing.assert_allclose(
        y.detach().numpy().reshape(wanted.shape), wanted, rtol=1e-4, atol=1e-4
    )


@pytest.mark.parametrize("case", range(12))
def test_random_2d(case: int) -> None:
    rng = np.random.default_rng(case)
    kernel, stride, pad, dilation = (rng.integers(low, 4, 2).tolist() for low in (1, 1, 0, 1))
    g = int(rng.integers(1, 3))
    sizes = [
        d * (k - 1) + 1 + int(rng.integers(0, 5)) for k, d in zip(kernel, dilation, strict=True)
    ]
    window = " ".join(
        f"{name}_{axis}: {value}"
        for name, pair in (("kernel", kernel), ("stride", stride), ("pad", pad))
        for axis, value in zip("hw", pair, strict=True)
    ) + "".join(f" dilation: {d}" for d in dilation)
    check((2, 2 * g, *sizes), window, stride, pad, dilation, o=2 * g, g=g, bias=bool(case % 2))


def test_one_spatial_axis() -> None:
    check((2, 4, 9), "kernel_size: 3 stride: 2 pad: 1 dilation: 2", [2], [1], [2], g=2)


def test_three_spatial_axes() -> None:
    check(
        (1, 2, 4, 5, 3),
        "kernel_size: 2 kernel_size: 3 kernel_size: 1 pad: 1",
        [1] * 3,
        [1] * 3,
        [1] * 3,
    )


def test_four_spatial_axes() -> None:
    check(
        (1, 2, 5, 4, 3, 4),
        "kernel_size: 2 stride: 2 stride: 1 stride: 2 stride: 1 pad: 1 dilation: 2",
        [2, 1, 2, 1], [1] * 4, [2] * 4, o=2, g=2,
    )  # fmt: skip


def test_no_spatial_axis_is_a_matrix_product() -> None:
    check((5, 6), "kernel_size: 1", [], [], [])


def test_axis_2_treats_the_axes_before_as_images() -> None:
    check((2, 3, 2, 5, 4), "kernel_size: 2", [1, 1], [0, 0], [1, 1], axis=2)


def test_axis_0_is_one_image() -> None:
    check((2, 5, 4), "kernel_size: 2", [1, 1], [0, 0], [1, 1], axis=0)


def test_a_window_that_sticks_out_by_less_than_a_stride_counts_once() -> None:
    # C++ rounds (2 − 4) / 3 towards zero, so Caffe takes one window and reads zeros past the edge
    check((1, 2, 2, 3), "kernel_size: 4 stride: 3", [3, 3], [0, 0], [1, 1])


def test_bottoms_share_the_filters() -> None:
    a, b = torch.randn(2, 3, 5, 5), torch.randn(2, 3, 5, 5)
    text = 'convolution_param { num_output: 2 kernel_size: 3 weight_filler { type: "xavier" } }'
    net = one_net("Convolution", text, [(2, 3, 5, 5)] * 2, tops=2)
    first, second = run_net(net, a, b)
    torch.testing.assert_close(torch.cat(run_net(net, b, a)), torch.cat([second, first]))


def test_the_usual_case_is_torchs_own_module() -> None:
    text = "num_output: 9 kernel_size: 3 pad: 1 stride: 2 group: 3 bias_term: false"
    graph = one_graph("Convolution", f"convolution_param {{ {text} }}", [(1, 3, 9, 9)])
    source = emit(graph)
    assert "self.l = nn.Conv2d(3, 9, 3, stride=2, padding=1, groups=3, bias=False)" in source
    assert "t0 = self.l(b0)" in source


def test_a_relu_that_a_fork_folds_in() -> None:
    x = torch.randn(1, 2, 4, 4)
    base = 'num_output: 3 kernel_size: 1 weight_filler { type: "xavier" }'
    (plain,) = run_layer("Convolution", f"convolution_param {{ {base} }}", x)
    (fused,) = run_layer(
        "Convolution", f"convolution_param {{ {base} fuse_type: FUSED_CONV_RELU }}", x
    )
    (leaky,) = run_layer(
        "Convolution", f"convolution_param {{ {base} relu: true negative_slope: 0.5 }}", x
    )
    torch.testing.assert_close(fused, plain.clamp(min=0))
    torch.testing.assert_close(leaky, torch.where(plain > 0, plain, plain / 2))


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("kernel_size: 3", "num_output"),
        ("num_output: 4", "kernel_size"),
        ("num_output: 4 kernel_size: 0", "kernel_size"),
        ("num_output: 4 kernel_size: 3 stride: 0", "stride"),
        ("num_output: 4 kernel_size: 3 kernel_h: 3 kernel_w: 3", "kernel_size"),
        ("num_output: 4 kernel_h: 3", "kernel_size"),
        ("num_output: 4 kernel_size: 3 kernel_size: 3 kernel_size: 3", "kernel_size"),
        ("num_output: 4 kernel_size: 3 group: 2", "group"),
        ("num_output: 4 kernel_size: 3 group: 3", "group"),
        ("num_output: 4 kernel_size: 9", "kernel_size"),
        ("num_output: 4 kernel_size: 3 axis: 4", "axis"),
        ("num_output: 4 kernel_size: 3 pad: 1 pad_h: 1", "pad"),
        ('num_output: 4 kernel_size: 3 weight_filler { type: "he" }', "weight_filler.type"),
    ],
)
def test_refusals_name_the_field(text: str, field: str) -> None:
    with pytest.raises(ShapeError) as caught:
        top_shapes("Convolution", f"convolution_param {{ {text} }}", [(2, 3, 6, 5)])
    assert caught.value.field == f"convolution_param.{field}"
    assert caught.value.hint


def test_kernel_h_is_for_two_axes() -> None:
    with pytest.raises(ShapeError, match="2 spatial axes"):
        top_shapes(
            "Convolution",
            "convolution_param { num_output: 4 kernel_h: 3 kernel_w: 3 }",
            [(2, 3, 6, 5, 4)],
        )


def test_fused_sums_are_refused() -> None:
    with pytest.raises(UnsupportedError, match="fusion_type"):
        top_shapes(
            "Convolution",
            "convolution_param { num_output: 4 kernel_size: 1 fusion_type: SUM_FUSION }",
            [(2, 3, 6, 5)],
        )
