"""Places of an axis in another order, by Gather."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from caffe2torch.convert.onnx.writer import Place, Writer


def picked(w: Writer, value: str, axis: int, places: Sequence[int]) -> str:
    """`value` with these places of one axis."""
    return str(w.op("Gather", value, w.constant(places, np.int64), axis=axis))


def turned(x: Place, w: Writer, value: str, axis: int) -> str:
    """`value`, shaped as the bottom, with one axis turned round."""
    if x.varying[0][axis]:
        raise w.needs_sizes(x)
    return picked(w, value, axis, range(x.shapes[0][axis])[::-1])
