"""DS2ContFillerLayer: a constant, since it hangs on sizes alone."""

from __future__ import annotations

import numpy as np

from caffe2torch.convert.onnx.writer import Place, Writer

DYNAMIC = "none"


def write(x: Place, w: Writer) -> str:
    """Ones with a column of zeros in front."""
    flags = np.ones(x.tops[0])
    flags[:, 0] = 0
    return w.constant(flags)
