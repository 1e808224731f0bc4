"""Concat: blobs joined along one axis."""

from __future__ import annotations

from caffe2torch.errors import ShapeError
from caffe2torch.layers._in_place import refuse_in_place
from caffe2torch.layers.base import DiffMemory, Example, Layer, Moments, Role, Shape, Site
from caffe2torch.layers.code import Code


class Concat(Layer):
    """The bottoms one after the other along `axis`.

    Shape:    x_i (N, C_i, H, W) -> (N, sum of C_i, H, W), or likewise along another axis
    Params:   axis [1]; concat_dim [1], its old name, not together with it
    Weights:  none
    Differs:  nothing
    Raises:   ShapeError if the shapes differ in another axis, the axis does not exist, or in place
    Source:   Caffe src/caffe/layers/concat_layer.cpp
    """

    type = "Concat"
    bottoms = (1, None)
    roles = frozenset({Role.JOINING})
    homogeneous = True
    param_field = "concat_param"
    examples = (
        Example(bottoms=[(2, 3, 4, 5), (2, 1, 4, 5)]),
        Example("concat_param { axis: -1 }", bottoms=[(2, 3), (2, 4), (2, 1)]),
        Example("concat_param { concat_dim: 0 }", bottoms=[(2, 3)]),
    )

    def shapes(self, x: Site) -> list[Shape]:
        if len(x.bottoms) > 1:
            refuse_in_place(x)
        axis, first = joined_axis(x, "concat_param", "concat_dim"), x.bottoms[0]
        for name, shape in zip(x.bottom_names, x.bottoms, strict=True):
            if _without(shape, axis) != _without(first, axis) or len(shape) != len(first):
                raise ShapeError(
                    f"bottom {name!r} has shape {shape} and {x.bottom_names[0]!r} {first}; "
                    f"all must match except in axis {axis}",
                    field="bottom",
                    hint="check concat_param.axis, and the sizes along the branches",
                )
        return [(*first[:axis], sum(shape[axis] for shape in x.bottoms), *first[axis + 1 :])]

    def shares_bottom(self, x: Site) -> bool:
        return len(x.bottoms) == 1

    def diff_memory(self, x: Site) -> DiffMemory:
        return DiffMemory.LENT if len(x.bottoms) == 1 else DiffMemory.TOPS

    def code(self, x: Site) -> Code:
        if len(x.bottoms) == 1:
            return Code(call="{0}")
        return Code(
            call=f"torch.cat(({{bottoms}}), {joined_axis(x, 'concat_param', 'concat_dim')})"
        )

    def signal(self, x: Site) -> Moments:
        from caffe2torch.moments import join

        return join.Concat(joined_axis(x, "concat_param", "concat_dim"))


def joined_axis(x: Site, param_field: str, old: str) -> int:
    """The axis of a Concat or Slice, which may be written by its old name."""
    param = getattr(x.param, param_field)
    if param.HasField(old) and param.HasField("axis"):
        raise ShapeError(
            f"axis and {old} are the same thing, and both are set",
            field=f"{param_field}.{old}",
            hint=f"remove {old}",
        )
    if not param.HasField(old):
        return x.axis(param.axis, f"{param_field}.axis")
    return x.axis(getattr(param, old), f"{param_field}.{old}")


def _without(shape: Shape, axis: int) -> Shape:
    return (*shape[:axis], *shape[axis + 1 :])
