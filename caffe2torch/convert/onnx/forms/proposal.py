"""Proposal: anchors moved, the likeliest kept apart; too small ones count as of score 0."""

from __future__ import annotations

from caffe2torch.convert.onnx.forms._nms import flat
from caffe2torch.convert.onnx.forms._proposals import Settings, proposals, shifted
from caffe2torch.convert.onnx.writer import Place, Writer
from caffe2torch.layers.proposal import anchors_around

DYNAMIC, FLOAT32, ROWS, CHOOSES = "none", True, True, True


def write(x: Place, w: Writer) -> list[str]:
    """Regions and, where they are wanted, scores."""
    p = x.param.proposal_param
    anchors = anchors_around(p.base_size, list(p.ratio), list(p.scale))
    settings = Settings(
        shifted(tuple(anchors), p.feat_stride, *x.shapes[0][2:]),
        p.min_size, p.pre_nms_topn, p.post_nms_topn, p.nms_thresh, zeroed=True,
    )  # fmt: skip
    regions, scores = proposals(x, w, settings)
    return [regions, flat(w, scores, (-1,))][: len(x.tops)]
