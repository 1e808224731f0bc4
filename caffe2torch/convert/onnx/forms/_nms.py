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

    B is -1 where it is only known when it runs.

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
    nothing = w.constant(np.zeros((b, k))) if b > 0 else w.op("Mul", valid, w.constant(0.0))
    return str(w.op("ScatterND", nothing, pairs, ones))


def or_none(w: Writer, kept: str) -> str:
    """`kept` (B, K) with a column more, of 1 where no box of any row stays, else 0.

    OpenCV 5.0 ends the process at operators on 0 rows, so that none must be a row as well.
    """
    some = w.reduce("ReduceMax", flat(w, kept, (1, -1)), [1])
    none = w.op("Sub", w.constant([[1.0]]), some)
    column = w.op("Add", w.op("Mul", part(w, kept, 0, 1), w.constant(0.0)), none)
    return str(w.op("Concat", kept, column, axis=1))


def listed(w: Writer, kept: str, labels: str, scores: str, boxes: str) -> str:
    """Rows (1, 1, R, 7) of the boxes that stay, image by image: image, label, score, corners.

    kept, labels and scores are (N, K), boxes (N, K, 4). Without any there is one row of -1 an
    image, as in Caffe.
    """
    marks = w.op("Sub", w.op("Mul", part(w, kept, 0, 1), w.constant(0.0)), w.constant(1.0))
    none = w.op("Tile", w.unsqueeze(marks, 2), w.ints(1, 1, 4))
    labels, scores = (w.op("Concat", value, marks, axis=1) for value in (labels, scores))
    boxes = w.op("Concat", boxes, none, axis=1)
    pairs = w.op("Transpose", w.op("NonZero", or_none(w, kept)), perm=[1, 0])
    image = w.op("Cast", part(w, pairs, 0, 1), to=1)
    columns = [w.unsqueeze(w.op("GatherND", value, pairs), 1) for value in (labels, scores)]
    table = w.op("Concat", image, *columns, w.op("GatherND", boxes, pairs), axis=1)
    return flat(w, table, (1, 1, -1, 7))


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
