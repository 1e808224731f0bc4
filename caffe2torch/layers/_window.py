"""The window of a convolution: kernel, stride, pad and dilation as ConvolutionParameter says.

Source: Caffe src/caffe/layers/base_conv_layer.cpp, LayerSetUp; im2col_layer.cpp does the same.
"""

from __future__ import annotations

from dataclasses import dataclass

from caffe2torch.errors import ShapeError, plural
from caffe2torch.layers.base import Shape, Site


@dataclass(frozen=True)
class Window:
    """A sliding window, one number a spatial axis; `axis` is the channel axis in front of them."""

    axis: int
    kernel: Shape
    stride: Shape
    pad: Shape
    dilation: Shape

    @property
    def extent(self) -> Shape:
        """Pixels that the window spans, gaps included."""
        pairs = zip(self.kernel, self.dilation, strict=True)
        return tuple(d * (k - 1) + 1 for k, d in pairs)

    def slack(self, sizes: Shape) -> Shape:
        """Pixels of the padded image beyond one window; negative where it does not fit."""
        triples = zip(sizes, self.pad, self.extent, strict=True)
        return tuple(size + 2 * pad - extent for size, pad, extent in triples)

    def slid(self, sizes: Shape) -> Shape:
        """Output sizes of a convolution over `sizes`; raises ShapeError if nothing is left.

        C++ divides towards zero, so a window that sticks out by less than a stride counts once.
        """
        out = tuple(
            int(slack / stride) + 1
            for slack, stride in zip(self.slack(sizes), self.stride, strict=True)
        )
        self._refuse_empty(sizes, out)
        return out

    def spread(self, sizes: Shape) -> Shape:
        """Output sizes of a deconvolution of `sizes`; raises ShapeError if nothing is left."""
        rows = zip(sizes, self.stride, self.extent, self.pad, strict=True)
        out = tuple(s * (size - 1) + extent - 2 * pad for size, s, extent, pad in rows)
        self._refuse_empty(sizes, out)
        return out

    def _refuse_empty(self, sizes: Shape, out: Shape) -> None:
        if any(size < 1 for size in out):
            raise ShapeError(
                f"a window of {_by(self.extent)} with pad {_by(self.pad)} over an image of "
                f"{_by(sizes)} gives an output of {_by(out)}",
                field="convolution_param.kernel_size",
                hint="use a smaller kernel or dilation, more pad, or a larger input",
            )


def window(x: Site, least_axes: int = 0, field: str = "convolution_param") -> Window:
    """The window of a layer with convolution_param, over the axes after `axis`.

    field: the field of the layer that holds the window, where it is another one
    Raises ShapeError for what Caffe refuses; `least_axes` is how many spatial axes it needs.
    """
    axis = x.axis(getattr(x.param, field).axis, f"{field}.axis")
    n = len(x.bottoms[0]) - axis - 1
    if n < least_axes:
        raise ShapeError(
            f"axis {axis} of shape {x.bottoms[0]} leaves no spatial axis",
            field=f"{field}.axis",
            hint="choose a smaller axis",
        )
    kernel = _sizes(x, field, "kernel", n, None)
    stride = _sizes(x, field, "stride", n, 1)
    pad = _sizes(x, field, "pad", n, 0)
    dilation = _sizes(x, field, "dilation", n, 1)
    _refuse_zero(kernel, "kernel_size")
    _refuse_zero(stride, "stride")
    _refuse_zero(dilation, "dilation")
    return Window(axis, kernel, stride, pad, dilation)


def _sizes(x: Site, field: str, what: str, n: int, default: int | None) -> Shape:
    """One of the four numbers for each of n axes: NAME_h and NAME_w, or NAME once or n times."""
    param = getattr(x.param, field)
    name = "kernel_size" if what == "kernel" else what
    given = list(getattr(param, name))
    if what != "dilation" and (param.HasField(f"{what}_h") or param.HasField(f"{what}_w")):
        _check_pair(what, name, n, given)
        return getattr(param, f"{what}_h"), getattr(param, f"{what}_w")
    if not given and default is not None:
        return (default,) * n
    if len(given) not in (1, n):
        raise ShapeError(
            f"{name} is given {plural(len(given), 'time')} for {n} spatial axes",
            field=f"{field}.{name}",
            hint=f"write {name} once, or once per spatial axis",
        )
    return tuple(given) if len(given) == n else tuple(given) * n


def _check_pair(what: str, name: str, n: int, given: list[int]) -> None:
    if n != 2:
        raise ShapeError(
            f"{what}_h and {what}_w are for 2 spatial axes; here there are {n}",
            field=f"convolution_param.{what}_h",
            hint=f"write {name} once per spatial axis",
        )
    if given:
        raise ShapeError(
            f"both {name} and {what}_h or {what}_w are given",
            field=f"convolution_param.{name}",
            hint=f"keep either {name} or {what}_h and {what}_w",
        )


def _refuse_zero(values: Shape, name: str) -> None:
    if 0 in values:
        raise ShapeError(
            f"{name} is {_by(values)}; it must be positive",
            field=f"convolution_param.{name}",
            hint="write at least 1",
        )


def _by(values: Shape) -> str:
    return "×".join(map(str, values))


def same(values: Shape) -> int | Shape:
    """A tuple of equal numbers as the number alone, which reads better in source."""
    return values[0] if len(set(values)) == 1 else values
