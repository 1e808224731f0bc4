"""Pooling: maximum, average or a random element of each window."""

from __future__ import annotations

import math
from typing import Any

from caffe2torch.errors import ShapeError
from caffe2torch.layers._pool import AVE, MAX, MIN, STOCHASTIC, Pool, read
from caffe2torch.layers._pool_nd import code_nd, cost_nd, listed, shapes_nd
from caffe2torch.layers._window import same
from caffe2torch.layers.base import Count, Example, Layer, Moments, Role, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import F, nn, torch
from caffe2torch.layers.power import CaffeConstant


class Pooling(Layer):
    """The maximum or average of each window, or (STOCHASTIC) an element drawn by its value.

    Shape:    x (N, C, H, W) -> (N, C, H', W'), H' = (H + 2·pad − kernel) / stride + 1 rounded up;
              with padding, a last window that would start outside the image is dropped.
              MAX may have a second top: the position of the maximum in its plane, row · W + column
    Params:   pool [MAX]; kernel_size or kernel_h, kernel_w; stride [1]; pad [0];
              global_pooling [false]; round_mode [CEIL]. Lists (of forks), such as
              kernel_size_3d, or kernel_size once an axis, pool 1 to 3 axes from axis 2 on
    Weights:  none
    Differs:  as in Caffe MAX passes NaN over; where nothing in a window is above −3.4e38 or inside
              the image, it gives that number and −1, and its gradient goes to the last value of
              the plane before. That of the first plane is lost here; Caffe writes it in front of
              the memory. Converted files, compiled nets and a GPU take nn.MaxPool2d: NaN goes on.
              AVE divides by the window clipped to the padded image: wholly outside 0 over a
              negative area. In place Caffe clears the map before it looks at it: all is −3.4e38
              (MAX) or 0 (AVE), without gradient. STOCHASTIC computes what Caffe's GPU code
              does; its CPU code refuses
    Raises:   ShapeError for sizes that do not fit; UnsupportedError for lists where they do not
    Source:   Caffe src/caffe/layers/pooling_layer.cpp and pooling_layer.cu
    """

    type = "Pooling"
    tops = (1, 2)
    keeps_output = False
    roles = frozenset({Role.POOLING})
    homogeneous = True
    mode = "pool"
    param_field = "pooling_param"
    examples = (
        Example("pooling_param { kernel_size: 3 stride: 2 }", bottoms=[(2, 3, 8, 7)]),
        Example(
            "pooling_param { pool: AVE kernel_size: 3 stride: 2 pad: 1 }", bottoms=[(2, 3, 8, 7)]
        ),
        Example("pooling_param { pool: AVE global_pooling: true }", bottoms=[(2, 3, 4, 5)]),
        Example("pooling_param { kernel_size: 2 stride: 2 }", bottoms=[(2, 3, 5, 4)], tops=2),
        Example("pooling_param { kernel_size: 3 pad: 2 stride: 2 }", bottoms=[(2, 3, 6, 5)]),
        Example(
            "pooling_param { pool: STOCHASTIC kernel_size: 3 stride: 2 }",
            bottoms=[(2, 3, 6, 5)],
            phase="TEST",
            low=0.1,
        ),
        Example(
            "pooling_param { kernel_size_3d: [1, 2, 3] stride: 2 pad_3d: [0, 1, 1] }",
            bottoms=[(2, 3, 4, 5, 6)],
        ),
    )

    def counts(self, x: Site) -> tuple[Count, Count]:
        return 1, (1, 2 if x.param.pooling_param.pool == MAX else 1)

    def shapes(self, x: Site) -> list[Shape]:
        if listed(x):
            return shapes_nd(x)
        pool = read(x)
        if x.in_place:
            x.notes.append(
                "in place, Caffe clears the map that it pools; give its top its own name"
            )
        n, c, *sizes = x.bottoms[0]
        kernel = pool.kernel or (sizes[0], sizes[1])
        out = tuple(pooled_sizes(sizes, kernel, pool.stride, pool.pad, pool.ceil))
        if min(out) < 1:
            raise ShapeError(
                f"a kernel of {kernel[0]}×{kernel[1]} over {sizes[0]}×{sizes[1]} pixels with pad "
                f"{pool.pad} gives an output of {out}",
                field="pooling_param.kernel_size",
                hint="use a smaller kernel or a larger input",
            )
        return [(n, c, *out)] * x.n_tops

    def linear(self, x: Site) -> bool:
        return bool(x.param.pooling_param.pool == AVE)

    def remembers(self, x: Site, tops: list[Shape], backward: bool) -> int:
        places = backward and x.param.pooling_param.pool == MAX
        return 8 * math.prod(tops[0]) if places else 0

    def code(self, x: Site) -> Code:
        if listed(x):
            return code_nd(x)
        pool = read(x)
        if x.in_place and pool.method in (MAX, AVE):
            return op(pool_onto_itself, largest=pool.method == MAX, mask=x.n_tops == 2)
        if x.n_tops == 2:
            return _helped(max_pool, pool, mask=True)
        if pool.method == STOCHASTIC:
            settings = ", ".join(f"{k}={v}" for k, v in pool.settings().items() if k != "pad")
            return Code(f"CaffeStochasticPool({settings})")
        if pool.method == MIN:
            return _helped(min_pool, pool, max_pool)
        if pool.kernel is None and pool.method == MAX:
            return Code("nn.AdaptiveMaxPool2d(1)", exact=_helped(max_pool, pool).init)
        if pool.kernel is None:
            return Code("nn.AdaptiveAvgPool2d(1)")
        if pool.has_twin():
            twin = _twin(x, pool)
            return Code(twin, exact=twin.replace("nn.", "Caffe") if pool.method == MAX else "")
        return _helped(max_pool if pool.method == MAX else ave_pool, pool)

    def signal(self, x: Site) -> Moments | None:
        from caffe2torch.moments.pooling import AvePool, MaxPool

        if listed(x):
            return None
        pool = read(x)
        kind = AvePool if pool.method in (AVE, STOCHASTIC) else MaxPool
        return kind(pool.kernel, pool.stride, pool.pad) if pool.kernel else kind()

    def cost(self, x: Site, tops: list[Shape]) -> int:
        if listed(x):
            return cost_nd(x, tops)
        kernel = read(x).kernel or x.bottoms[0][2:]
        return math.prod(tops[0]) * math.prod(kernel)


def _helped(function: Any, pool: Pool, *more: Any, **settings: Any) -> Code:
    return op(function, **pool.settings(), **settings)


def _twin(x: Site, pool: Pool) -> str:
    """nn.MaxPool2d or nn.AvgPool2d."""
    assert pool.kernel is not None
    items = [str(same(pool.kernel)), f"stride={same(pool.stride)}"]
    if any(pool.pad):
        items.append(f"padding={same(pool.pad)}")
    if pool.ceil:
        items.append("ceil_mode=True")
    if pool.method == AVE and any(pool.pad) and not x.param.pooling_param.avg_include_pad:
        items.append("count_include_pad=False")
    return f"nn.{'MaxPool2d' if pool.method == MAX else 'AvgPool2d'}({', '.join(items)})"


def pooled_sizes(sizes: Any, kernel: Any, stride: Any, pad: Any, ceil: bool) -> list[int]:
    """Output sizes; with padding, a last window that starts outside the image is dropped."""
    out = []
    for size, k, s, p in zip(sizes, kernel, stride, pad, strict=True):
        n = (size + 2 * p - k + (s - 1 if ceil else 0)) // s + 1
        out.append(n - 1 if any(pad) and (n - 1) * s >= size + p else n)
    return out


def fit_windows(
    x: torch.Tensor, kernel: Any, stride: Any, pad: Any, ceil: bool, value: float
) -> torch.Tensor:
    """Pad (or crop) the image so that all windows that Caffe takes lie inside it."""
    out = pooled_sizes(x.shape[2:], kernel, stride, pad, ceil)
    rows = zip(x.shape[2:], out, kernel, stride, pad, strict=True)
    after = [(n - 1) * s + k - p - size for size, n, k, s, p in rows]
    return F.pad(x, (pad[1], after[1], pad[0], after[0]), value=value)


def max_pool(
    x: torch.Tensor, kernel: Any, stride: Any, pad: Any, ceil: bool, mask: bool = False
) -> Any:
    """Caffe's MAX pooling for any sizes; with `mask` also the position of each maximum (or −1)."""
    size = tuple(kernel or x.shape[2:])
    if not mask:
        y = F.max_pool2d(fit_windows(x, size, stride, pad, ceil, lowest(x)), size, stride)
        if all_taken(y):
            return y
    y, place = CaffeMaxima.apply(x, size, stride, pad, ceil)
    return (y, place.to(x.dtype)) if mask else y


def lowest(x: torch.Tensor) -> float:
    """−FLT_MAX, with which Caffe's maxima begin, or the lowest number of a narrower type."""
    return max(torch.finfo(x.dtype).min, -3.4028234663852886e38)


def all_taken(y: torch.Tensor) -> bool:
    """Whether torch's maxima are Caffe's: none is NaN, and each is above −FLT_MAX.

    Who compiles or exports the net gets torch's maxima without a question, and so does a GPU,
    which would have to be waited for.
    """
    tracing = torch._C._get_tracing_state() is not None
    if tracing or torch.compiler.is_compiling() or y.device.type != "cpu" or not y.numel():
        return True
    return bool(y.detach().amin() > lowest(y))


class CaffeMaxPool2d(nn.MaxPool2d):
    """nn.MaxPool2d, and Caffe's MAX pooling where the two differ: on NaN and below −FLT_MAX."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = super().forward(x)
        if all_taken(y):
            return y
        sizes = (self.kernel_size, self.stride, self.padding)
        kernel, stride, pad = (v if isinstance(v, tuple) else (v, v) for v in sizes)
        return CaffeMaxima.apply(x, kernel, stride, pad, self.ceil_mode)[0]


class CaffeMaxima(torch.autograd.Function):
    """MAX pooling by Caffe's loop: the first of the largest values above −FLT_MAX, never NaN."""

    @staticmethod
    def forward(
        ctx: Any, x: torch.Tensor, kernel: Any, stride: Any, pad: Any, ceil: bool
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Give the maxima, and their places in the plane; −1 where nothing was taken."""
        least = lowest(x)
        numbers = torch.where(x > least, x, least)
        fitted = fit_windows(numbers, kernel, stride, pad, ceil, least)
        y, index = F.max_pool2d(fitted, kernel, stride, return_indices=True)
        row, column = index // fitted.shape[3] - pad[0], index % fitted.shape[3] - pad[1]
        place = torch.where(y > least, row * x.shape[3] + column, -1)
        ctx.save_for_backward(place)
        ctx.shape = x.shape
        ctx.mark_non_differentiable(place)
        return y, place

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor, _: Any) -> tuple[Any, ...]:
        """Give each gradient to its place; −1 is the last value of the plane before."""
        (place,) = ctx.saved_tensors
        n, c, h, w = ctx.shape
        plane = torch.arange(n * c, device=place.device).view(n, c, 1, 1)
        index = (plane * (h * w) + place).flatten()
        arrived = gradient.flatten()[index >= 0]
        total = gradient.new_zeros(n * c * h * w).index_add(0, index[index >= 0], arrived)
        return total.view(n, c, h, w), None, None, None, None


def pool_onto_itself(x: torch.Tensor, largest: bool, mask: bool) -> Any:
    """What Caffe's loop finds in a map that it has just filled with −FLT_MAX or 0."""
    y = CaffeConstant.apply(x, lowest(x) if largest else 0.0)
    return (y, torch.full_like(x, -1.0)) if mask else y


def min_pool(x: torch.Tensor, kernel: Any, stride: Any, pad: Any, ceil: bool) -> torch.Tensor:
    """The smallest element of each window, which some forks add to `pool`."""
    return -max_pool(-x, kernel, stride, pad, ceil)


def ave_pool(x: torch.Tensor, kernel: Any, stride: Any, pad: Any, ceil: bool) -> torch.Tensor:
    """Caffe's AVE pooling for any sizes: the sum over the window clipped to the padded image."""
    size = tuple(kernel or x.shape[2:])
    sums = F.avg_pool2d(
        fit_windows(x, size, stride, pad, ceil, 0.0), size, stride, divisor_override=1
    )
    area = torch.ones((), device=x.device, dtype=x.dtype)
    for i in range(2):
        start = torch.arange(sums.shape[2 + i], device=x.device) * stride[i] - pad[i]
        end = (start + size[i]).clamp(max=x.shape[2 + i] + pad[i])
        area = area.unsqueeze(-1) * (end - start)
    return sums / area


class CaffeStochasticPool(nn.Module):
    """An element of each window, drawn with probability by value; its expectation in eval mode.

    Zeiler and Fergus 2013. x must not be negative.
    """

    def __init__(self, kernel: Any, stride: Any, ceil: bool = True) -> None:
        super().__init__()
        self.kernel, self.stride, self.ceil = kernel, stride, ceil

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        kernel = self.kernel or x.shape[2:]
        fitted = fit_windows(x, kernel, self.stride, (0, 0), self.ceil, 0.0)
        rows = fitted.unfold(2, kernel[0], self.stride[0])
        window = rows.unfold(3, kernel[1], self.stride[1]).flatten(4)
        if self.training:
            total = window.cumsum(-1)
            threshold = torch.rand_like(total[..., -1:]) * total[..., -1:]
            drawn = (total >= threshold).to(torch.uint8).argmax(-1, keepdim=True)
            return window.gather(-1, drawn).squeeze(-1)
        total = window.sum(-1)
        positive = total > 0
        mean = window.square().sum(-1) / torch.where(positive, total, 1.0)
        return torch.where(positive, mean, 0.0)
