"""Which boxes stay apart, by NonMaxSuppression on constant ranks in place of scores.

The boxes come sorted, so that a box's rank is its score as far as suppression goes. Ranks are
never equal, positive, and the same in every engine: of equal scores the first box wins, as in
Caffe, and engines that refuse a negative score threshold need none.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from caffe2torch.convert.onnx.writer import Writer


def apart(
    w: Writer, boxes: str, valid: str, size: tuple[int, int], threshold: float, most: int
) -> str:
    """1 for each box that stays, else 0: (B, K), K = size[1] boxes in each of B = size[0] rows.

    boxes:     corners (B, K, 4), the best first
    valid:     (B, K) of 1 for boxes that count, else 0
    threshold: largest overlap that is allowed
    most:      how many may stay in a row
    """
    b, k = size
    ranks = w.constant(np.arange(k, 0, -1) / k)
    scores = w.op("Reshape", w.op("Mul", valid, ranks), w.ints(b, 1, k))
    taken = w.op(
        "NonMaxSuppression", boxes, scores, w.ints(min(most, k)), w.constant([threshold]),
        w.constant([0.5 / k]),
    )  # fmt: skip
    # OpenCV 5.0 divides by zero where nothing is taken; the first box is either taken or not valid
    first = w.constant(np.zeros((1, 3)), np.int64)
    pairs = w.op("Gather", w.op("Concat", taken, first, axis=0), w.ints(0, 2), axis=1)
    ones = w.op("GatherND", valid, pairs)
    return str(w.op("ScatterND", w.constant(np.zeros((b, k))), pairs, ones))


def or_none(w: Writer, kept: str, rows: int) -> str:
    """`kept` (B, K) with a column more, of 1 where no box of any row stays, else 0.

    OpenCV 5.0 ends the process at operators on 0 rows, so that none must be a row as well.
    """
    some = w.reduce("ReduceMax", flat(w, kept, (1, -1)), [1])
    none = w.op("Sub", w.constant([[1.0]]), some)
    column = w.op("Tile", none, w.ints(rows, 1)) if rows > 1 else none
    return str(w.op("Concat", kept, column, axis=1))


def gate(w: Writer, condition: str) -> str:
    """A condition as 1 and 0."""
    from onnx import TensorProto

    return str(w.op("Cast", condition, to=TensorProto.FLOAT))


def part(w: Writer, value: str, start: int, end: int, axis: int = -1) -> str:
    """The places from start to end of one axis."""
    return w.slice(value, [start], [end], [axis])


def flat(w: Writer, value: str, shape: Sequence[int]) -> str:
    """`value` in a constant shape."""
    return str(w.op("Reshape", value, w.ints(*shape)))
