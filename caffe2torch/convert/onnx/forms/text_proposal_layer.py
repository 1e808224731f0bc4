"""TextProposalLayer of CTPN: strips of text moved up and down and made as high as predicted."""

from __future__ import annotations

from caffe2torch.convert.onnx.forms._nms import flat, part
from caffe2torch.convert.onnx.forms._proposals import shifted
from caffe2torch.convert.onnx.writer import Place, Writer
from caffe2torch.layers.python_known.base import integer
from caffe2torch.layers.python_known.text_proposal_layer import ANCHORS

DYNAMIC, FLOAT32 = "none", True


def write(x: Place, w: Writer) -> list[str]:
    """Boxes and scores of all anchors, cell by cell."""
    h, wide = x.shapes[0][2:]
    boxes = shifted(ANCHORS, integer(x.site, "feat_stride", 16), h, wide)
    k = len(boxes)
    moves = w.op("Transpose", flat(w, x.bottoms[1], (-1, 2, h, wide)), perm=[2, 3, 0, 1])
    moves = flat(w, moves, (k, 2))
    high = boxes[:, 3:] - boxes[:, 1:2] + 1
    tall = w.op("Mul", w.op("Exp", part(w, moves, 1, 2)), w.constant(high))
    middle = w.op("Add", w.op("Mul", part(w, moves, 0, 1), w.constant(high)),
                  w.constant((boxes[:, 1:2] + boxes[:, 3:]) / 2))  # fmt: skip
    top = w.op("Sub", middle, w.op("Mul", tall, w.constant(0.5)))
    left, right = w.constant(boxes[:, :1]), w.constant(boxes[:, 2:3])
    moved = w.op("Concat", left, top, right, w.op("Add", top, tall), axis=1)
    edges = w.op("Gather", flat(w, x.bottoms[2], (-1,)), w.ints(1, 0, 1, 0), axis=0)
    limits = w.op("Sub", edges, w.constant(1.0))
    clipped = w.op("Min", w.op("Max", moved, w.constant(0.0)), limits)
    objects = part(w, x.bottoms[0], len(ANCHORS), 2 * len(ANCHORS), axis=1)
    scores = flat(w, w.op("Transpose", objects, perm=[0, 2, 3, 1]), (k, 1))
    return [clipped, scores]
