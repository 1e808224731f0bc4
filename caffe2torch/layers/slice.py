"""Slice: one blob cut into several along one axis."""

from __future__ import annotations

from caffe2torch.errors import ShapeError, plural
from caffe2torch.layers._in_place import refuse_in_place
from caffe2torch.layers.base import DiffMemory, Example, Layer, Moments, Role, Shape, Site
from caffe2torch.layers.code import Code, literal
from caffe2torch.layers.concat import joined_axis


class Slice(Layer):
    """The parts of x along `axis`, equal ones or cut at `slice_point`.

    Shape:    x (N, C, H, W) -> one (N, C_i, H, W) a top, or likewise along another axis
    Params:   axis [1]; slice_dim [1], its old name, not together with it; slice_point, the
              index at which each top but the first starts
    Weights:  none
    Differs:  nothing
    Raises:   ShapeError if the points do not rise or do not fit the tops, or without points if
              the axis does not divide evenly; in place
    Source:   Caffe src/caffe/layers/slice_layer.cpp
    """

    type = "Slice"
    tops = (1, None)
    roles = frozenset({Role.RESHAPING})
    homogeneous = True
    param_field = "slice_param"
    examples = (
        Example("slice_param { slice_point: 1 slice_point: 4 }", bottoms=[(2, 6, 4)], tops=3),
        Example("slice_param { axis: 0 }", bottoms=[(4, 3)], tops=2),
        Example(bottoms=[(4, 3)], tops=1),
    )

    def shapes(self, x: Site) -> list[Shape]:
        if x.n_tops > 1:
            refuse_in_place(x)
        shape, axis = x.bottoms[0], joined_axis(x, "slice_param", "slice_dim")
        ends = [*_points(x, shape[axis]), shape[axis]]
        sizes = [end - start for start, end in zip([0, *ends], ends, strict=False)]
        return [(*shape[:axis], size, *shape[axis + 1 :]) for size in sizes]

    def shares_bottom(self, x: Site) -> bool:
        return x.n_tops == 1

    def diff_memory(self, x: Site) -> DiffMemory:
        return DiffMemory.LENT if x.n_tops == 1 else DiffMemory.TOPS

    def code(self, x: Site) -> Code:
        axis = joined_axis(x, "slice_param", "slice_dim")
        points = tuple(x.param.slice_param.slice_point)
        if x.n_tops == 1:
            return Code(call="{0}")
        if points:
            return Code(call=f"torch.tensor_split({{0}}, {literal(points)}, {axis})")
        return Code(call=f"{{0}}.split({{0}}.shape[{axis}] // {x.n_tops}, {axis})")

    def signal(self, x: Site) -> Moments:
        from caffe2torch.moments.join import Copies

        return Copies(parts=True)


def _points(x: Site, size: int) -> list[int]:
    """Where the tops but the first start."""
    points, n = list(x.param.slice_param.slice_point), x.n_tops
    if not points:
        if size % n:
            raise ShapeError(
                f"axis of size {size} does not divide into {plural(n, 'equal top')}",
                field="top",
                hint="write slice_point, one fewer than there are tops",
            )
        return [size // n * i for i in range(1, n)]
    if len(points) != n - 1:
        message = f"{plural(len(points), 'slice_point')} for {plural(n, 'top')}"
    elif any(b <= a for a, b in zip([0, *points], points, strict=False)):
        message = f"slice_point {points} must rise, from above 0"
    elif points[-1] > size or n > size:
        message = f"slice_point {points} lies beyond the axis, whose size is {size}"
    else:
        return points
    raise ShapeError(
        message,
        field="slice_param.slice_point",
        hint="write the index at which each top but the first starts",
    )
