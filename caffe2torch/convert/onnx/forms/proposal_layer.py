"""ProposalLayer of py-faster-rcnn: anchors moved, the likeliest kept apart."""

from __future__ import annotations

from caffe2torch.convert.onnx.forms._nms import flat
from caffe2torch.convert.onnx.forms._proposals import Settings, proposals, shifted
from caffe2torch.convert.onnx.writer import Place, Writer
from caffe2torch.layers.python_known._anchors import anchors_of
from caffe2torch.layers.python_known.base import integer
from caffe2torch.layers.python_known.proposal_layer import AFTER, BEFORE, LEAST, OVERLAP

DYNAMIC, FLOAT32, ROWS, CHOOSES = "none", True, True, True


def write(x: Place, w: Writer) -> list[str]:
    """Regions and, where they are wanted, scores (R, 1)."""
    train = x.site.train
    stride = integer(x.site, "feat_stride", 16)
    settings = Settings(
        shifted(anchors_of(x.site), stride, *x.shapes[0][2:]),
        LEAST, BEFORE[train], AFTER[train], OVERLAP, zeroed=False,
    )  # fmt: skip
    regions, scores = proposals(x, w, settings)
    return [regions, flat(w, scores, (-1, 1))][: len(x.tops)]
