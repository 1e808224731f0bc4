"""Convolutions and poolings over time and space, as forks for video wrote them before Caffe had
them, become those that Caffe has.
"""

from __future__ import annotations

from typing import Any

from caffe2torch import caffe_pb2 as pb


def rewrite(net: pb.NetParameter) -> bool:
    """Turn 3-D and N-D layers of video-caffe and C3D into plain ones; say if there were any."""
    changed = False
    for layer in net.layer:
        change = CHANGES.get(layer.type) or _by_shape(layer)
        if change is not None:
            change(layer)
            changed = True
    return changed


def _by_shape(layer: pb.LayerParameter) -> Any:
    """The change of a plain layer whose window is written as a shape; None for any other."""
    for type_, param in (
        ("Convolution", layer.convolution_param),
        ("Pooling", layer.pooling_param),
    ):
        if layer.type == type_ and param.HasField("kernel_shape"):
            return CHANGES[f"Nd{type_}"]
    return None


def _convolution_nd(layer: pb.LayerParameter) -> None:
    """video-caffe's NdConvolution: one number an axis in kernel_shape, stride_shape, pad_shape."""
    layer.type, param = "Convolution", layer.convolution_param
    _take_shapes(param, param.kernel_size, param.stride, param.pad)


def _pooling_nd(layer: pb.LayerParameter) -> None:
    """video-caffe's NdPooling, likewise."""
    layer.type, param = "Pooling", layer.pooling_param
    _take_shapes(param, param.kernel_size_3d, param.stride_3d, param.pad_3d)


def _take_shapes(param: Any, kernel: Any, stride: Any, pad: Any) -> None:
    """Move a fork's three shapes into the lists that today's fields are."""
    for old, new in (("kernel_shape", kernel), ("stride_shape", stride), ("pad_shape", pad)):
        new.extend(getattr(param, old).dim)
        param.ClearField(old)


def _convolution_3d(layer: pb.LayerParameter) -> None:
    """C3D's Convolution3D: a cube of kernel_depth frames; V1 nets have it in convolution_param."""
    transposed = layer.type.lower().startswith("deconvolution")
    old: Any = layer.convolution3d_param
    if not layer.HasField("convolution3d_param"):
        old = pb.ConvolutionParameter()
        old.CopyFrom(layer.convolution_param)
        layer.ClearField("convolution_param")
    param = layer.convolution_param
    param.num_output, param.bias_term = old.num_output, old.bias_term
    side = _first(old.kernel_size, 1)
    param.kernel_size[:] = [old.kernel_depth or side, side, side]
    param.stride[:] = [old.temporal_stride, *[_first(old.stride, 1)] * 2]
    param.pad[:] = [old.temporal_pad, *[_first(old.pad, 0)] * 2]
    param.group = max(old.group, getattr(old, "filter_group", 1))
    for name in ("weight_filler", "bias_filler"):
        if old.HasField(name):
            getattr(param, name).CopyFrom(getattr(old, name))
    layer.ClearField("convolution3d_param")
    layer.type = "Deconvolution" if transposed else "Convolution"


def _pooling_3d(layer: pb.LayerParameter) -> None:
    """C3D's Pooling3D; P3D writes the third size with an _l."""
    old: Any = layer.pooling3d_param
    if not layer.HasField("pooling3d_param"):
        old = pb.PoolingParameter()
        old.CopyFrom(layer.pooling_param)
        layer.ClearField("pooling_param")
    param = layer.pooling_param
    depth = old.kernel_depth or getattr(old, "kernel_l", 0) or old.kernel_size
    step = getattr(old, "stride_l", 0) or old.temporal_stride
    param.pool = old.pool
    param.kernel_size_3d[:] = [depth, old.kernel_size, old.kernel_size]
    param.stride_3d[:] = [step, old.stride, old.stride]
    param.pad_3d[:] = [getattr(old, "pad_l", 0), old.pad, old.pad]
    layer.ClearField("pooling3d_param")
    layer.type = "Pooling"


def _first(values: Any, usual: int) -> int:
    """One number of a field that may be repeated."""
    if hasattr(values, "append"):
        return int(values[0]) if values else usual
    return int(values)


CHANGES = {
    "NdConvolution": _convolution_nd, "NdPooling": _pooling_nd,
    "Convolution3D": _convolution_3d, "CONVOLUTION3D": _convolution_3d,
    "Deconvolution3D": _convolution_3d, "DECONVOLUTION3D": _convolution_3d,
    "Pooling3D": _pooling_3d, "POOLING3D": _pooling_3d,
}  # fmt: skip
