"""ContinuationIndicator: a constant, since it hangs on sizes alone."""

from __future__ import annotations

import numpy as np

from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC = "none"


def write(x: Place, w: Writer) -> str:
    """A row of zeros, then ones."""
    rows = np.ones(x.tops[0])
    rows[0] = 0
    return w.constant(rows)
