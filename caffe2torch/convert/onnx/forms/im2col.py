"""Im2col: Conv with filters that pick one pixel each."""

from __future__ import annotations

import math

from caffe2torch.convert.onnx.forms._patches import patches
from caffe2torch.convert.onnx.writer import Place, Writer
from caffe2torch.layers._window import window


def write(x: Place, w: Writer) -> str:
    """Axes in front of the channels are the batch."""
    size = window(x.site, least_axes=1)
    if len(size.kernel) > 3:
        raise w.refuse(x, f"slides over {len(size.kernel)} axes; ONNX has 1 to 3")
    if any(slack < 0 for slack in size.slack(x.shapes[0][size.axis + 1 :])):
        raise w.refuse(x, "has a window that is larger than the padded image")
    channels, value = x.shapes[0][size.axis], x.bottoms[0]
    if size.axis != 1:
        lead = math.prod(x.shapes[0][: size.axis])
        value = w.reshape(value, (lead, *x.shapes[0][size.axis :]), size.axis > 0 and x.batch)
    y = patches(w, value, channels, size.kernel, size.stride, size.pad, size.dilation)
    return y if size.axis == 1 else w.reshape(y, x.tops[0], size.axis > 0 and x.batch)
