"""AssistedExcitation: a map made stronger where objects are, while it trains (YOLO)."""

from __future__ import annotations

from caffe2torch.layers._shape_only import ShapesOnlySame


class AssistedExcitation(ShapesOnlySame):
    """Adds to each channel a share of the mean of all channels inside the true boxes.

    Shape:    x (N, C, H, W), objects, ... -> as x
    Params:   assisted_excitation_param
    Weights:  none
    Differs:  only its shapes are known here
    Raises:   UnsupportedError where it is to run
    Source:   Derakhshani et al. (2019); MobileNet-YOLO
              src/caffe/layers/assisted_excitation_layer.cpp
    """

    type = "AssistedExcitation"
    origin = "YOLO"
    bottoms, tops = (1, None), 1
