"""Pooling against the loops of its definition, and what it refuses."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

from caffe2torch.errors import ShapeError
from caffe2torch.module import build
from caffe2torch.module.emit import emit
from tests.layers.one_layer import one_graph, one_net, run_layer, run_net, top_shapes

FLT_MAX = 3.4028234663852886e38


def sizes_of(size: int, k: int, s: int, p: int, padded: bool, ceil: bool) -> int:
    out = (math.ceil if ceil else math.floor)((size + 2 * p - k) / s) + 1
    return out - 1 if padded and (out - 1) * s >= size + p else out


def reference(
    x: np.ndarray, kernel: Any, stride: Any, pad: Any, ceil: bool, ave: bool
) -> tuple[np.ndarray, np.ndarray]:
    """The pooled image and the mask, one window at a time."""
    n, c, *sizes = x.shape
    out = [
        sizes_of(*row, padded=any(pad), ceil=ceil)
        for row in zip(sizes, kernel, stride, pad, strict=True)
    ]
    y, mask = np.zeros((n, c, *out)), np.full((n, c, *out), -1.0)
    for i in range(out[0]):
        for j in range(out[1]):
            first = [i * stride[0] - pad[0], j * stride[1] - pad[1]]
            last = [min(f + k, s + p) for f, k, s, p in zip(first, kernel, sizes, pad, strict=True)]
            area = (last[0] - first[0]) * (last[1] - first[1])
            rows = range(max(first[0], 0), min(last[0], sizes[0]))
            columns = range(max(first[1], 0), min(last[1], sizes[1]))
            for a, b in np.ndindex(n, c):
                values = [(x[a, b, h, w], h * sizes[1] + w) for h in rows for w in columns]
                if ave:
                    y[a, b, i, j] = np.float64(sum(v for v, _ in values)) / area
                else:
                    y[a, b, i, j] = max((v for v, _ in values), default=-FLT_MAX)
                    mask[a, b, i, j] = next((at for v, at in values if v == y[a, b, i, j]), -1)
    return y, mask


CASES = [(seed, ave) for seed in range(25) for ave in (False, True)]


@pytest.mark.parametrize(("seed", "ave"), CASES)
def test_random_windows(seed: int, ave: bool) -> None:
    rng = np.random.default_rng(seed)
    kernel, stride = rng.integers(1, 5, 2).tolist(), rng.integers(1, 5, 2).tolist()
    pad = [int(rng.integers(0, k)) for k in kernel] if seed % 3 else [0, 0]
    # kernel ≥ size is allowed; so is stride > kernel, where windows may lie outside the image
    sizes = [max(1, k + int(rng.integers(-1, 6))) for k in kernel]
    ceil = bool(seed % 2)
    if any(
        (s + 2 * p - k) / st < (0 if not ceil else 1e-9 - 1)
        for s, p, k, st in zip(sizes, pad, kernel, stride, strict=True)
    ):
        sizes = [s + 1 for s in sizes]
    x = rng.integers(-9, 9, (2, 2, *sizes)).astype(np.float64)  # ties on purpose
    pairs = (("kernel", kernel), ("stride", stride), ("pad", pad))
    text = " ".join(
        f"{name}_{a}: {v}" for name, pair in pairs for a, v in zip("hw", pair, strict=True)
    )
    text += f" pool: {'AVE' if ave else 'MAX'} round_mode: {'CEIL' if ceil else 'FLOOR'}"
    with np.errstate(divide="ignore", invalid="ignore"):
        wanted, mask = reference(x, kernel, stride, pad, ceil, ave)
    (y,) = run_layer("Pooling", f"pooling_param {{ {text} }}", torch.from_numpy(x))
    np.testing.assert_allclose(y.numpy(), wanted, rtol=1e-6)
    if not ave:
        both = run_layer("Pooling", f"pooling_param {{ {text} }}", torch.from_numpy(x), tops=2)
        np.testing.assert_array_equal(both[0].numpy(), wanted)
        np.testing.assert_array_equal(both[1].numpy(), mask)


def test_mask_passes_the_gradient_to_the_first_maximum() -> None:
    x = torch.tensor([[1.0, 5, 5], [5, 2, 0], [3, 3, 3]]).view(1, 1, 3, 3).requires_grad_()
    text = "pooling_param { kernel_size: 2 stride: 2 }"
    y, mask = run_layer("Pooling", text, x, tops=2)
    assert mask.flatten().tolist() == [1, 2, 6, 8]
    y.backward(torch.tensor([1.0, 10, 100, 1000]).view(1, 1, 2, 2))
    assert x.grad is not None
    assert x.grad.flatten().tolist() == [0, 1, 10, 0, 0, 0, 100, 0, 1000]


def test_global_pooling_takes_any_size_at_run_time() -> None:
    for pool, wanted in (("AVE", 4.5), ("MAX", 9.0)):
        net = one_net(
            "Pooling", f"pooling_param {{ pool: {pool} global_pooling: true }}", [(1, 1, 4, 4)]
        )
        (y,) = run_net(net, torch.arange(10.0).view(1, 1, 2, 5))
        assert y.flatten().tolist() == [wanted]


@pytest.mark.parametrize(
    "text",
    ["kernel_size: 2 stride: 3", "kernel_size: 3 pad: 2 stride: 2", "kernel_size: 3 stride: 2"],
)
@pytest.mark.parametrize("pool", ["MAX", "AVE"])
def test_a_net_built_for_one_size_takes_another(text: str, pool: str) -> None:
    full = f"pooling_param {{ pool: {pool} {text} }}"
    x = torch.randn(1, 2, 11, 8)
    torch.testing.assert_close(
        run_net(one_net("Pooling", full, [(1, 2, 7, 7)]), x), run_layer("Pooling", full, x)
    )


def test_the_usual_cases_are_torchs_own_modules() -> None:
    def source(text: str) -> str:
        return emit(one_graph("Pooling", f"pooling_param {{ {text} }}", [(1, 2, 9, 9)]))

    assert "nn.MaxPool2d(3, stride=2, ceil_mode=True)" in source("kernel_size: 3 stride: 2")
    assert "nn.AvgPool2d(3, stride=1, padding=1, ceil_mode=True)" in source(
        "pool: AVE kernel_size: 3 pad: 1"
    )
    assert "nn.MaxPool2d(2, stride=2)" in source("kernel_size: 2 stride: 2 round_mode: FLOOR")
    assert "nn.AdaptiveAvgPool2d(1)" in source("pool: AVE global_pooling: true")


def test_forks_fields() -> None:
    x = torch.arange(25.0).view(1, 1, 5, 5)
    assert top_shapes(
        "Pooling", "pooling_param { kernel_size: 2 stride: 2 ceil_mode: false }", [(1, 1, 5, 5)]
    ) == [(1, 1, 2, 2)]
    (least,) = run_layer("Pooling", "pooling_param { pool: MIN kernel_size: 3 stride: 2 }", x)
    assert least.flatten().tolist() == [0, 2, 10, 12]
    text = "pooling_param { pool: AVE kernel_size: 3 stride: 4 pad: 1 avg_include_pad: false }"
    (y,) = run_layer("Pooling", text, x)
    assert y.flatten().tolist() == [3, 6, 18, 21]


def test_stochastic_expectation_in_test() -> None:
    x = torch.tensor([1.0, 3, 0, 0]).view(1, 1, 2, 2)
    text = "pooling_param { pool: STOCHASTIC kernel_size: 2 }"
    (y,) = run_layer("Pooling", text, x, phase="TEST")
    assert y.item() == pytest.approx((1 + 9) / 4)
    (zero,) = run_layer("Pooling", text, torch.zeros(1, 1, 2, 2), phase="TEST")
    assert zero.item() == 0


def test_stochastic_draws_by_value_in_train() -> None:
    torch.manual_seed(0)
    x = torch.tensor([1.0, 3, 0, 0]).view(1, 1, 2, 2).expand(4000, 1, 2, 2).clone().requires_grad_()
    (y,) = run_layer("Pooling", "pooling_param { pool: STOCHASTIC kernel_size: 2 }", x)
    share = (y == 3).double().mean().item()
    assert set(y.unique().tolist()) == {1, 3}
    assert share == pytest.approx(0.75, abs=5 * math.sqrt(0.75 * 0.25 / 4000))
    y.sum().backward()
    assert x.grad is not None
    assert torch.equal(x.grad.sum((1, 2, 3)), torch.ones(4000))
    assert ((x.grad * x.detach()).sum((1, 2, 3)) == y.flatten()).all()


NAN, INF = math.nan, math.inf
ODD = [
    [NAN, 1, NAN, NAN, 2, -INF],
    [3, NAN, NAN, NAN, -FLT_MAX, -INF],
    [INF, 5, -1, NAN, 0, 0],
    [INF, NAN, -2, -3, 0, 0],
]
OF_CAFFE = {  # what Caffe 1.0 gave: pooled, mask, gradient of 1, 2, 3, ... where it is not 0
    "kernel_size: 2 stride: 2": (
        [1, 1, 1, 1, 1, 1, 3, -FLT_MAX, 2, INF, -1, 0, INF, -1, 0, 3, -FLT_MAX, 2, 2, -FLT_MAX, 3,
         0, -1, INF],
        [0, 2, 4, 12, 14, 16, 6, -1, 4, 12, 14, 16, 0, 8, 4, 12, -1, 22, 1, -1, 11, 12, 15, 17],
        {
            0: 1, 2: 2, 4: 3, 12: 4, 14: 5, 16: 6, 23: 8, 28: 9, 30: 7, 36: 10, 38: 11, 40: 12,
            47: 17, 48: 13, 52: 15, 56: 14, 60: 16, 70: 18, 71: 20, 73: 19, 83: 21, 84: 22, 87: 23,
            89: 24,
        },
    ),
    "kernel_size: 3 stride: 2 pad: 1": (
        [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 3, 1, 2, -FLT_MAX, INF, 5, 0, 0, INF, -2, 0, 0, INF,
         5, 0, 0, INF, 5, 2, 0, 1, 1, 2, -FLT_MAX, 2, 2, 3, 3, 0, 0, INF, INF, 0, 0, INF, INF],
        [0, 1, 3, 5, 6, 7, 9, 11, 18, 19, 21, 23, 6, 1, 4, -1, 12, 13, 16, 17, 18, 20, 22, 23, 0, 7,
         4, 5, 6, 7, 22, 11, 19, 19, 22, -1, 1, 1, 11, 11, 12, 13, 17, 17, 18, 19, 23, 23],
        {
            0: 1, 1: 2, 3: 3, 5: 4, 6: 5, 7: 6, 9: 7, 11: 8, 18: 9, 19: 10, 21: 11, 23: 28, 25: 14,
            28: 15, 30: 13, 36: 17, 37: 18, 40: 19, 41: 20, 42: 21, 44: 22, 46: 23, 47: 60, 48: 25,
            52: 27, 53: 28, 54: 29, 55: 56, 59: 32, 67: 67, 70: 66, 73: 75, 83: 79, 84: 41, 85: 42,
            89: 87, 90: 45, 91: 46, 95: 95,
        },
    ),
    "global_pooling: true": ([1, INF, INF, INF], [0, 12, 0, 17], {0: 1, 36: 2, 48: 3, 89: 4}),
}  # fmt: skip


@pytest.mark.parametrize("text", OF_CAFFE)
@pytest.mark.parametrize("tops", [1, 2])
def test_nan_is_passed_over_and_what_is_not_above_flt_max_is_not_taken(
    text: str, tops: int
) -> None:
    wanted, mask, gradient = OF_CAFFE[text]
    odd = torch.tensor(ODD)
    x = torch.stack([torch.ones(4, 6), odd, odd.flip(0), odd.flip(1)])[None].requires_grad_()
    result = run_layer("Pooling", f"pooling_param {{ {text} }}", x, tops=tops)
    assert result[0].flatten().tolist() == wanted
    if tops == 2:
        assert result[1].flatten().tolist() == mask
    result[0].backward(torch.arange(1.0, len(wanted) + 1).view_as(result[0]))
    assert x.grad is not None
    assert {i: v for i, v in enumerate(x.grad.flatten().tolist()) if v} == gradient


def test_who_reads_the_source_gets_torchs_module() -> None:
    graph = one_graph("Pooling", "pooling_param { kernel_size: 2 stride: 2 }", [(1, 1, 4, 4)])
    assert "CaffeMaxPool2d" not in emit(graph)
    assert "self.l = CaffeMaxPool2d(2, stride=2" in emit(graph, exact=True)


@pytest.mark.parametrize(("pool", "value"), [("MAX", -FLT_MAX), ("AVE", 0.0)])
def test_in_place_the_map_is_cleared_first(pool: str, value: float) -> None:
    text = f'top: "b0" pooling_param {{ pool: {pool} kernel_size: 3 stride: 1 pad: 1 }}'
    net = build.build(one_graph("Pooling", text, [(1, 2, 3, 3)], tops=0), seed=0)
    x = torch.randn(1, 2, 3, 3, requires_grad=True)
    y = build.run(net, {"b0": x}, ["b0"])["b0"]
    y.sum().backward()
    assert (y == value).all()
    assert x.grad is not None
    assert not x.grad.any()


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("", "kernel_size"),
        ("kernel_h: 2", "kernel_size"),
        ("kernel_size: 2 kernel_h: 2 kernel_w: 2", "kernel_size"),
        ("kernel_size: 0", "kernel_size"),
        ("kernel_size: 2 stride: 0", "stride"),
        ("kernel_size: 2 pad: 2", "pad"),
        ("kernel_size: 2 pad_h: 1", "pad_h"),
        ("kernel_size: 2 stride: 1 stride_h: 1 stride_w: 1", "stride_h"),
        ("global_pooling: true kernel_size: 2", "kernel_size"),
        ("global_pooling: true stride: 2", "stride"),
        ("pool: STOCHASTIC kernel_size: 2 pad: 1", "pad"),
        ("kernel_size: 9 round_mode: FLOOR", "kernel_size"),
    ],
)
def test_refusals_name_the_field(text: str, field: str) -> None:
    with pytest.raises(ShapeError) as caught:
        top_shapes("Pooling", f"pooling_param {{ {text} }}", [(2, 3, 6, 5)])
    assert caught.value.field == f"pooling_param.{field}"
    assert caught.value.hint


def test_other_refusals() -> None:
    with pytest.raises(ShapeError, match="4 axes"):
        top_shapes("Pooling", "pooling_param { kernel_size: 2 }", [(3, 4)])
    with pytest.raises(ShapeError, match="takes 1 top"):
        top_shapes("Pooling", "pooling_param { pool: AVE kernel_size: 2 }", [(1, 1, 4, 4)], tops=2)
    with pytest.raises(ShapeError, match="4 axes"):
        top_shapes("Pooling", "pooling_param { kernel_size: 2 }", [(1, 1, 4, 4, 4)])
