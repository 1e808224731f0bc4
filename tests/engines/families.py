"""Small nets of the families that leave Caffe, one of each kind of layer that needs care."""

from __future__ import annotations


def source(name: str, *dims: int) -> str:
    shape = " ".join(f"dim: {dim}" for dim in dims)
    return (
        f'layer {{ name: "{name}" type: "Input" top: "{name}" '
        f"input_param {{ shape {{ {shape} }} }} }}\n"
    )


def layer(kind: str, name: str, bottoms: str, tops: str = "", more: str = "") -> str:
    """A layer; several bottoms or tops are divided by blanks, the top is called as the layer."""
    reads = " ".join(f'bottom: "{bottom}"' for bottom in bottoms.split())
    gives = " ".join(f'top: "{top}"' for top in (tops or name).split())
    return f'layer {{ name: "{name}" type: "{kind}" {reads} {gives} {more} }}\n'


def conv(name: str, bottom: str, outputs: int, more: str = "kernel_size: 1") -> str:
    return layer(
        "Convolution", name, bottom, "", f"convolution_param {{ num_output: {outputs} {more} }}"
    )


def head(name: str, bottom: str, priors: int, classes: int, size: int) -> str:
    """SSD's head of one map: locations, confidences and priors, as name_loc, _conf, _prior."""
    text = ""
    for what, outputs in (("loc", 4 * priors), ("conf", classes * priors)):
        text += conv(f"{name}_{what}0", bottom, outputs, "kernel_size: 3 pad: 1")
        text += layer("Permute", f"{name}_{what}1", f"{name}_{what}0", "",
                      "permute_param { order: 0 order: 2 order: 3 order: 1 }")  # fmt: skip
        text += layer("Flatten", f"{name}_{what}", f"{name}_{what}1")
    return text + layer(
        "PriorBox", f"{name}_prior", f"{bottom} data", "",
        f"prior_box_param {{ min_size: {size} max_size: {2 * size} aspect_ratio: 2 flip: true "
        "variance: 0.1 variance: 0.1 variance: 0.2 variance: 0.2 }",
    )  # fmt: skip


def joined(what: str, axis: int) -> str:
    return layer("Concat", what, f"a_{what} b_{what}", "", f"concat_param {{ axis: {axis} }}")


SSD = (
    source("data", 1, 3, 32, 32)
    + conv("a", "data", 8, "kernel_size: 3 stride: 4 pad: 1")
    + layer("ReLU", "ar", "a", "a")
    + conv("b", "a", 8, "kernel_size: 3 stride: 2 pad: 1")
    + head("a", "a", 4, 3, 8)
    + head("b", "b", 4, 3, 16)
    + joined("loc", 1)
    + joined("conf", 1)
    + joined("prior", 2)
    + layer("Reshape", "scores", "conf", "", "reshape_param { shape { dim: 0 dim: -1 dim: 3 } }")
    + layer("Softmax", "softmax", "scores", "", "softmax_param { axis: 2 }")
    + layer("Flatten", "flat", "softmax")
    + layer("DetectionOutput", "detections", "loc flat prior", "",
            "detection_output_param { num_classes: 3 share_location: true background_label_id: 0 "
            "nms_param { nms_threshold: 0.45 top_k: 40 } code_type: CENTER_SIZE keep_top_k: 20 "
            "confidence_threshold: 0.2 }")
)  # fmt: skip
CORNERS = SSD.replace("CENTER_SIZE", "CORNER")
"""Random offsets of corners make many boxes without an area."""
ALIGNED = (
    source("data", 2, 3, 24, 32)
    + source("rois", 5, 5)
    + conv("a", "data", 6, "kernel_size: 3 stride: 2 pad: 1")
    + layer("ROIAlign", "align", "a rois", "",
            "roi_pooling_param { pooled_h: 3 pooled_w: 4 spatial_scale: 0.5 pad_ratio: 0.1 }")
    + layer("InnerProduct", "fc", "align", "", "inner_product_param { num_output: 5 }")
)  # fmt: skip
SHUFFLENET = (
    source("data", 1, 24, 8, 8)
    + conv("g1", "data", 12, "kernel_size: 1 group: 3")
    + layer("ShuffleChannel", "shuffle", "g1", "", "shuffle_channel_param { group: 3 }")
    + conv("dw", "shuffle", 12, "kernel_size: 3 pad: 1 group: 12")
    + layer("Reshape", "rows", "dw", "",
            "reshape_param { shape { dim: 0 dim: 3 dim: 4 dim: 8 dim: 8 } }")
    + layer("Permute", "turned", "rows", "",
            "permute_param { order: 0 order: 2 order: 1 order: 3 order: 4 }")
    + layer("Reshape", "back", "turned", "",
            "reshape_param { shape { dim: 0 dim: 12 dim: 8 dim: 8 } }")
    + conv("g2", "back", 24, "kernel_size: 1 group: 3")
    + layer("Eltwise", "sum", "data g2")
    + layer("ReLU", "relu", "sum", "sum")
    + layer("Pooling", "half", "sum", "", "pooling_param { pool: AVE kernel_size: 3 stride: 2 }")
    + conv("g3", "sum", 12, "kernel_size: 3 stride: 2 pad: 1 group: 3")
    + layer("Concat", "both", "half g3")
    + layer("ReLU", "relu2", "both", "both")
    + layer("ShuffleChannel", "mixed", "both", "", "shuffle_channel_param { group: 3 }")
    + conv("g4", "mixed", 40, "kernel_size: 1 group: 4")
    + layer("Pooling", "pool", "g4", "", "pooling_param { pool: AVE global_pooling: true }")
    + layer("InnerProduct", "fc", "pool", "", "inner_product_param { num_output: 5 }")
)  # fmt: skip
SEGNET = (
    source("data", 1, 3, 16, 12)
    + conv("c1", "data", 6, "kernel_size: 3 pad: 1")
    + layer("BN", "n1", "c1", "", "bn_param { bn_mode: INFERENCE scale_filler { value: 1 } }")
    + layer("ReLU", "r1", "n1", "n1")
    + layer("Pooling", "p1", "n1", "p1 mask1", "pooling_param { kernel_size: 2 stride: 2 }")
    + conv("c2", "p1", 6, "kernel_size: 3 pad: 1")
    + layer("Upsample", "u1", "c2 mask1", "", "upsample_param { scale: 2 }")
    + conv("c3", "u1", 4, "kernel_size: 3 pad: 1")
)
ENET = (
    source("data", 1, 3, 16, 16)
    + conv("c0", "data", 5, "kernel_size: 3 stride: 2 pad: 1")
    + layer("Pooling", "p0", "data", "", "pooling_param { kernel_size: 2 stride: 2 }")
    + layer("Concat", "start", "c0 p0")
    + layer("BatchNorm", "bn", "start")
    + layer("PReLU", "pr", "bn")
    + layer("Pooling", "down", "pr", "down mask", "pooling_param { kernel_size: 2 stride: 2 }")
    + conv("dilated", "down", 8, "kernel_size: 3 pad: 2 dilation: 2")
    + conv("high", "dilated", 8, "kernel_h: 5 kernel_w: 1 pad_h: 2 pad_w: 0")
    + layer("Python", "drop", "high", "",
            'python_param { module: "spatial_dropout" layer: "SpatialDropoutLayer" '
            "param_str: \"'phase': 'TEST', 'p': 0.1\" }")
    + layer("Eltwise", "sum", "drop down")
    + layer("Upsample", "up", "sum mask", "", "upsample_param { scale: 2 }")
    + layer("Deconvolution", "out", "up", "",
            "convolution_param { num_output: 4 kernel_size: 2 stride: 2 bias_term: false }")
)  # fmt: skip
ICNET = (
    source("data", 1, 3, 33, 33)
    + layer("Interp", "half", "data", "", "interp_param { shrink_factor: 2 }")
    + conv("c1", "half", 6, "kernel_size: 3 pad: 1")
    + layer("Pooling", "p1", "c1", "", "pooling_param { pool: AVE kernel_size: 17 stride: 17 }")
    + layer("Interp", "i1", "p1", "", "interp_param { height: 17 width: 17 }")
    + layer("Pooling", "p2", "c1", "", "pooling_param { pool: AVE kernel_size: 9 stride: 8 }")
    + layer("Interp", "i2", "p2", "", "interp_param { height: 17 width: 17 }")
    + layer("Eltwise", "sum", "c1 i1 i2")
    + layer("Interp", "zoomed", "sum", "", "interp_param { zoom_factor: 2 }")
    + conv("out", "zoomed", 4)
)
FCN = (
    source("data", 1, 3, 20, 24)
    + conv("c1", "data", 8, "kernel_size: 3 pad: 30")
    + layer("Pooling", "p1", "c1", "", "pooling_param { kernel_size: 2 stride: 2 }")
    + conv("score", "p1", 5)
    + layer("Deconvolution", "up", "score", "",
            "convolution_param { num_output: 5 kernel_size: 4 stride: 2 }")
    + layer("Crop", "out", "up data", "", "crop_param { axis: 2 offset: 19 }")
)  # fmt: skip
LSTM = (
    source("data", 5, 2, 6)
    + source("cont", 5, 2)
    + layer("LSTM", "lstm", "data cont", "", "recurrent_param { num_output: 7 }")
    + layer("InnerProduct", "ip", "lstm", "", "inner_product_param { num_output: 3 axis: 2 }")
    + layer("Softmax", "prob", "ip", "", "softmax_param { axis: 2 }")
)
RPN = (
    source("data", 1, 3, 48, 64)
    + source("im_info", 1, 3)
    + conv("map", "data", 8, "kernel_size: 16 stride: 16")
    + conv("score", "map", 18)
    + conv("move", "map", 36)
    + layer("Reshape", "s1", "score", "",
            "reshape_param { shape { dim: 0 dim: 2 dim: -1 dim: 0 } }")
    + layer("Softmax", "s2", "s1")
    + layer("Reshape", "s3", "s2", "",
            "reshape_param { shape { dim: 0 dim: 18 dim: -1 dim: 0 } }")
    + layer("Python", "rois", "s3 move im_info", "",
            'python_param { module: "rpn.proposal_layer" layer: "ProposalLayer" '
            "param_str: \"'feat_stride': 16\" }")
)  # fmt: skip
PVANET = (
    RPN.partition('layer { name: "rois"')[0]
    + layer("Proposal", "rois", "s3 move im_info", "",
            "proposal_param { ratio: [0.5, 1, 2] scale: [8, 16, 32] min_size: 40 "
            "post_nms_topn: 40 nms_thresh: 0.9 }")
)  # fmt: skip
FASTER = (
    RPN
    + layer("ROIPooling", "pool", "map rois", "",
            "roi_pooling_param { pooled_h: 2 pooled_w: 2 spatial_scale: 0.0625 }")
    + layer("InnerProduct", "fc", "pool", "", "inner_product_param { num_output: 4 }")
    + layer("Softmax", "prob", "fc")
)  # fmt: skip
RFCN = (
    RPN
    + conv("maps", "map", 3 * 4)
    + layer("PSROIPooling", "pool", "maps rois", "",
            "psroi_pooling_param { output_dim: 3 group_size: 2 spatial_scale: 0.0625 }")
    + layer("Pooling", "mean", "pool", "", "pooling_param { pool: AVE kernel_size: 2 }")
    + layer("Softmax", "prob", "mean")
    + layer("Reshape", "flat", "prob", "", "reshape_param { shape { dim: -1 dim: 3 } }")
)  # fmt: skip
YOLO = (
    source("data", 1, 3, 32, 32)
    + conv("c1", "data", 8, "kernel_size: 3 stride: 8 pad: 1")
    + conv("c2", "c1", 8, "kernel_size: 3 stride: 2 pad: 1")
    + layer("Upsample", "up", "c2", "", "upsample_param { scale: 2 }")
    + layer("Concat", "both", "c1 up")
    + conv("m1", "c2", 14)
    + conv("m2", "both", 14)
    + layer("Yolov3DetectionOutput", "detections", "m1 m2", "",
            "yolov3_detection_output_param { num_classes: 2 num_box: 2 mask_group_num: 2 "
            "confidence_threshold: 0.2 nms_threshold: 0.4 anchors_scale: 16 anchors_scale: 8 "
            "biases: [8, 8, 14, 10, 4, 6, 9, 5] mask: 0 mask: 1 mask: 2 mask: 3 }")
)  # fmt: skip
YOLO2 = (
    source("data", 1, 3, 32, 32)
    + conv("c1", "data", 14, "kernel_size: 3 stride: 8 pad: 1")
    + layer("YoloDetectionOutput", "detections", "c1", "",
            "yolo_detection_output_param { num_classes: 2 num_box: 2 "
            "confidence_threshold: 0.2 nms_threshold: 0.4 biases: [1, 2, 1.5, 0.5] }")
)  # fmt: skip
SQUEEZENET = (
    source("data", 1, 4, 8, 8)
    + conv("c10", "data", 6, "kernel_size: 1 pad: 1")
    + layer("ReLU", "r10", "c10", "c10")
    + layer("Pooling", "pool", "c10", "", "pooling_param { pool: AVE global_pooling: true }")
)
CHAIN_OF_MAPS = (
    source("data", 1, 3, 8, 8)
    + conv("a", "data", 4)
    + layer("ReLU", "ra", "a", "a")
    + conv("b", "a", 4)
    + conv("c", "a", 4)
    + layer("Eltwise", "sum", "b c")
    + conv("d", "sum", 2)
)
NETS = {
    name.lower(): text
    for name, text in globals().items()
    if name.isupper() and isinstance(text, str) and name != "RPN"
}
