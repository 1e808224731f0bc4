"""TopK: the k largest values of each item stay where they are, the others become 0."""

from __future__ import annotations

import math

from caffe2torch.convert.onnx.forms._nms import flat
from caffe2torch.convert.onnx.writer import Place, Writer
from caffe2torch.layers.top_k import counts_of

CHOOSES = True


def write(x: Place, w: Writer) -> str:
    """TopK gives values and places, ScatterElements puts them back into zeros."""
    rows = flat(w, x.bottoms[0], (-1, math.prod(x.shapes[0][1:])))
    count = counts_of(x.site)[0 if x.site.train else 1]
    best, places = w.op("TopK", rows, w.ints(count), outputs=2, axis=1, largest=1, sorted=1)
    blank = w.op("Mul", rows, w.constant(0.0))
    return flat(w, w.op("ScatterElements", blank, places, best, axis=1), (-1, *x.shapes[0][1:]))
