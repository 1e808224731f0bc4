"""VideoData: clips of stored frames (TSN), or the frames of a video file (SSD)."""

from __future__ import annotations

from caffe2torch.layers._data import image, probed, unread
from caffe2torch.layers.base import Layer, Role, Shape, Site

_TSN = ("modality", "num_segments", "name_pattern")
"""Fields of TSN's; without one, clips of several frames are video-caffe's."""


class VideoData(Layer):
    """Batches of video, of two forks told apart by their fields.

    yjxiong (a `source`): runs of new_length frames, or of x and y of the flow, from each of
    num_segments parts of a video, stacked along the channels; files lie in a folder a video.
    SSD (a `video_file`): frames one after the other; the labels are 0.

    Shape:    nothing -> clips (batch_size, C, H, W), labels (batch_size, 1, 1, 1); SSD: frames
              (batch_size, 3, H, W), labels (batch_size); video-caffe, which is not read: clips
              (batch_size, 3, new_length, H, W), labels (batch_size)
    Params:   source, a list of "folder frames label"; batch_size; new_length [1]; num_segments
              [1]; modality [FLOW]; name_pattern; new_height [0], new_width [0]; shuffle [false];
              grayscale [false]; transform_param: crop_size, mirror, mean_value, scale, is_flow,
              multi_scale, fix_crop, more_fix_crop, scale_ratios, max_distort. SSD: video_file;
              skip_frames [0]; data_param batch_size
    Weights:  none
    Differs:  a video starts again at its end, where SSD stops; cameras are not read
    Raises:   DataError if files are missing, or nothing can decode the video
    Source:   Wang et al., TSN (2016); yjxiong's and SSD's caffe video_data_layer.cpp
    """

    type = "VideoData"
    origin = "yjxiong"
    bottoms, tops = 0, (1, 2)
    source = True
    roles = frozenset({Role.IMAGES})
    param_field = "video_data_param"

    def shapes(self, x: Site) -> list[Shape]:
        if x.param.HasField("image_data_param"):
            return unread(x, "the clips of C3D's lists")
        fields = x.param.video_data_param
        if fields.video_type == fields.WEBCAM and not fields.video_file:
            return unread(x, "a camera (video_type: WEBCAM)")
        return probed(x)

    def assumed(self, x: Site) -> list[Shape]:
        if x.param.HasField("image_data_param"):
            c3d = x.param.image_data_param
            _, h, w = image(x, c3d)
            size = (c3d.crop_size or h, c3d.crop_size or w)
            return [(c3d.batch_size, 3, c3d.new_length or 16, *size), (c3d.batch_size,)][: x.n_tops]
        fields = x.param.video_data_param
        n = fields.batch_size or x.param.data_param.batch_size or 1
        _, h, w = image(x, fields)
        if not fields.HasField("source"):
            return [(n, 3, h, w), (n,)][: x.n_tops]
        if fields.new_length > 1 and not any(map(fields.HasField, _TSN)):
            return [(n, 3, fields.new_length, h, w), (n,)][: x.n_tops]
        channels = 2 if fields.modality == fields.FLOW else 1 if fields.grayscale else 3
        c = channels * fields.new_length * fields.num_segments
        shapes: list[Shape] = [(n, c, h, w), (n, 1, 1, 1)]
        return shapes[: x.n_tops]
