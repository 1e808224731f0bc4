"""MncAnchorTargetLayer: the AnchorTargetLayer of MNC."""

from __future__ import annotations

from caffe2torch.layers.python_known.anchor_target_layer import AnchorTargetLayer


class MncAnchorTargetLayer(AnchorTargetLayer):
    """Label and box target of each anchor inside the image, as py-faster-rcnn draws them.

    Shape:    as AnchorTargetLayer
    Params:   as AnchorTargetLayer
    Weights:  none
    Differs:  as AnchorTargetLayer
    Raises:   as AnchorTargetLayer
    Source:   MNC lib/pylayer/anchor_target_layer.py
    """

    origin = "MNC"
    names = (("pylayer.anchor_target_layer", "AnchorTargetLayer"),)
