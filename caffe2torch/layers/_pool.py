"""What pooling_param says, and what Caffe refuses in it.

Source: Caffe src/caffe/layers/pooling_layer.cpp, LayerSetUp.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import ShapeError
from caffe2torch.layers.base import Site

Pair = tuple[int, int]
MAX, AVE = pb.PoolingParameter.MAX, pb.PoolingParameter.AVE
STOCHASTIC, MIN = pb.PoolingParameter.STOCHASTIC, pb.PoolingParameter.MIN


@dataclass(frozen=True)
class Pool:
    """What pooling_param says; kernel is None for global pooling."""

    method: int
    kernel: Pair | None
    stride: Pair
    pad: Pair
    ceil: bool

    def settings(self) -> dict[str, Any]:
        return {
            "kernel": self.kernel, "stride": self.stride, "pad": self.pad, "ceil": self.ceil,
        }  # fmt: skip

    def has_twin(self) -> bool:
        """Whether torch's pooling drops and pads windows as Caffe does.

        torch allows at most half a kernel of padding, and always drops a last window that starts
        outside the image, where Caffe does so only with padding.
        """
        kernel = self.kernel or (1, 1)
        half = all(2 * p <= k for p, k in zip(self.pad, kernel, strict=True))
        apart = any(s > k for s, k in zip(self.stride, kernel, strict=True))
        return half and not (apart and self.ceil and not any(self.pad))


def read(x: Site) -> Pool:
    """pooling_param as Caffe reads it (LayerSetUp); raises ShapeError for what it refuses."""
    param = x.param.pooling_param
    kernel = None if param.global_pooling else _kernel(param)
    _check_pairs(param)
    pad = (param.pad_h, param.pad_w) if param.HasField("pad_h") else (param.pad,) * 2
    stride = (param.stride_h, param.stride_w) if param.HasField("stride_h") else (param.stride,) * 2
    if not min(stride):
        raise ShapeError("stride is 0", field="pooling_param.stride", hint="write at least 1")
    if param.global_pooling:
        _check_global(param, pad, stride)
    if any(pad):
        _check_pad(param, pad, kernel)
    if len(x.bottoms[0]) != 4:
        raise ShapeError(
            f"takes a bottom of 4 axes (N, C, H, W), not {x.bottoms[0]}",
            field="bottom",
            hint="add a Reshape layer in front",
        )
    floor = param.round_mode == pb.PoolingParameter.FLOOR
    if not param.HasField("round_mode"):
        floor = not param.ceil_mode
    return Pool(param.pool, kernel, stride, pad, not floor)


def _kernel(param: pb.PoolingParameter) -> Pair:
    both = param.HasField("kernel_h") and param.HasField("kernel_w")
    if param.HasField("kernel_size") == both:
        raise ShapeError(
            "the kernel is given twice"
            if both
            else "kernel_size, or kernel_h and kernel_w, is missing",
            field="pooling_param.kernel_size",
            hint="write kernel_size, or both kernel_h and kernel_w, or global_pooling: true",
        )
    kernel = (param.kernel_h, param.kernel_w) if both else (param.kernel_size,) * 2
    if not min(kernel):
        raise ShapeError(
            "the kernel is 0", field="pooling_param.kernel_size", hint="write at least 1"
        )
    return kernel


def _check_pairs(param: pb.PoolingParameter) -> None:
    for name in ("pad", "stride"):
        one, h, w = (param.HasField(name + end) for end in ("", "_h", "_w"))
        if (h or w) and (one or not (h and w)):
            raise ShapeError(
                f"{name}_h and {name}_w go together, without {name}",
                field=f"pooling_param.{name}_{'h' if h else 'w'}",
                hint=f"write either {name}, or both {name}_h and {name}_w",
            )


def _check_global(param: pb.PoolingParameter, pad: Pair, stride: Pair) -> None:
    for name in ("kernel_size", "kernel_h", "kernel_w"):
        if param.HasField(name):
            raise ShapeError(
                f"global_pooling together with {name}",
                field=f"pooling_param.{name}",
                hint="the kernel is the whole image; remove one of the two",
            )
    if any(pad) or stride != (1, 1):
        raise ShapeError(
            f"global_pooling with pad {pad} and stride {stride}",
            field="pooling_param.stride" if stride != (1, 1) else "pooling_param.pad",
            hint="remove pad and stride",
        )


def _check_pad(param: pb.PoolingParameter, pad: Pair, kernel: Pair | None) -> None:
    if param.pool == STOCHASTIC:
        raise ShapeError(
            "STOCHASTIC pooling takes no padding",
            field="pooling_param.pad",
            hint="remove pad, or use MAX or AVE",
        )
    if kernel and any(p >= k for p, k in zip(pad, kernel, strict=True)):
        raise ShapeError(
            f"pad {pad} must be smaller than the kernel {kernel}",
            field="pooling_param.pad",
            hint="use a smaller pad",
        )
