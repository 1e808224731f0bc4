"""VideoWithVoxelTruthData: clips with a truth for each voxel (C3D)."""

from __future__ import annotations

from caffe2torch.layers._data import unread
from caffe2torch.layers.base import Layer, Shape, Site


class VideoWithVoxelTruthData(Layer):
    """Clips of videos with maps of the same length.

    Shape:    nothing -> clips (batch_size, 3, 16, H, W), truth (batch_size, num_truth_channels,
              16, H, W)
    Params:   image_data_param source, batch_size; crop_size
    Weights:  none
    Differs:  its records are not read here: feed its tops
    Raises:   DataError, as nothing reads it
    Source:   Tran et al., V2V (2016); C3D-v1.0 video_with_voxel_truth_data_layer.cpp
    """

    type = "VideoWithVoxelTruthData"
    aliases = ("VIDEO_WITH_VOXEL_TRUTH_DATA", "VideoSegmentationData", "VIDEO_SEGMENTATION_DATA")
    origin = "C3D"
    bottoms, tops = 0, (1, 2)
    source = True
    shapes_only = True
    param_field = "image_data_param"

    def shapes(self, x: Site) -> list[Shape]:
        return unread(x, "a fork's lists of clips")

    def assumed(self, x: Site) -> list[Shape]:
        param = x.param.image_data_param
        n, size = param.batch_size or 1, param.crop_size or 112
        truth = param.num_truth_channels or 1
        tops: list[Shape] = [(n, 3, 16, size, size), (n, truth, 16, size, size)]
        return tops[: x.n_tops]
