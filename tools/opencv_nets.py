"""The Caffe nets of OpenCV's samples and tests, as prototxt text, after the papers they are from.

Layer sizes are those of the published models; weights come from elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

Shape = Sequence[int]


class Text:
    """Prototxt that grows layer by layer; each method returns the top of what it added."""

    def __init__(self, name: str, **inputs: Shape) -> None:
        self.lines = [f'name: "{name}"']
        for blob, shape in inputs.items():
            dims = " ".join(f"dim: {size}" for size in shape)
            self.add("Input", blob, [], f"input_param {{ shape {{ {dims} }} }}", top=blob)

    def __str__(self) -> str:
        return "\n".join(self.lines) + "\n"

    def add(
        self, kind: str, name: str, bottoms: Sequence[str], param: str = "", top: str = ""
    ) -> str:
        top = top or name
        inputs = " ".join(f'bottom: "{bottom}"' for bottom in bottoms)
        outputs = " ".join(f'top: "{one}"' for one in top.split())
        self.lines.append(f'layer {{ name: "{name}" type: "{kind}" {inputs} {outputs} {param} }}')
        return top.split()[0]

    def conv(
        self, name: str, x: str, n: int, k: int = 3, s: int = 1, p: int | None = None, g: int = 1,
        d: int = 1, bias: bool = True, relu: bool = True, share: str = "",
    ) -> str:  # fmt: skip
        pad = d * (k - 1) // 2 if p is None else p
        window = f"num_output: {n} kernel_size: {k} stride: {s} pad: {pad} group: {g}"
        more = f"dilation: {d} bias_term: {str(bias).lower()}"
        param = f"convolution_param {{ {window} {more} }}"
        if share:
            param += f' param {{ name: "{share}_w" }} param {{ name: "{share}_b" }}'
        out = self.add("Convolution", name, [x], param)
        return self.relu(name, out) if relu else out

    def relu(self, name: str, x: str) -> str:
        return self.add("ReLU", f"relu_{name}", [x], top=x)

    def norm(self, name: str, x: str, relu: bool = True) -> str:
        """BatchNorm and Scale in place."""
        self.add(
            "BatchNorm", f"{name}_bn", [x], "batch_norm_param { use_global_stats: true }", top=x
        )
        self.add("Scale", f"{name}_scale", [x], "scale_param { bias_term: true }", top=x)
        return self.relu(name, x) if relu else x

    def pool(self, name: str, x: str, k: int = 2, s: int = 2, p: int = 0, kind: str = "MAX") -> str:
        param = f"pooling_param {{ pool: {kind} kernel_size: {k} stride: {s} pad: {p} }}"
        return self.add("Pooling", name, [x], param)

    def fc(self, name: str, x: str, n: int, relu: bool = True) -> str:
        out = self.add("InnerProduct", name, [x], f"inner_product_param {{ num_output: {n} }}")
        return self.relu(name, out) if relu else out

    def concat(self, name: str, bottoms: Sequence[str], axis: int = 1) -> str:
        return self.add("Concat", name, bottoms, f"concat_param {{ axis: {axis} }}")

    def total(self, name: str, *bottoms: str) -> str:
        return self.add("Eltwise", name, bottoms)

    def detect(
        self, sources: Sequence[tuple[str, str]], classes: int,
        kernel: str = "kernel_size: 3 pad: 1", boxes: int = 4,
    ) -> str:  # fmt: skip
        """SSD's heads over blobs, each with the sizes and ratios of its priors."""
        rows: dict[str, list[str]] = {"loc": [], "conf": [], "prior": []}
        order = "permute_param { order: 0 order: 2 order: 3 order: 1 }"
        for blob, prior in sources:
            for part, count in (("loc", 4), ("conf", classes)):
                name = f"{blob}_mbox_{part}"
                param = f"convolution_param {{ num_output: {count * boxes} {kernel} }}"
                out = self.add(
                    "Permute", f"{name}_perm", [self.add("Convolution", name, [blob], param)], order
                )
                rows[part].append(self.add("Flatten", f"{name}_flat", [out]))
            variances = "variance: 0.1 variance: 0.1 variance: 0.2 variance: 0.2"
            param = f"prior_box_param {{ {prior} flip: true clip: false {variances} }}"
            rows["prior"].append(
                self.add("PriorBox", f"{blob}_mbox_priorbox", [blob, "data"], param)
            )
        loc, conf = (self.concat(f"mbox_{part}", rows[part]) for part in ("loc", "conf"))
        prior = self.concat("mbox_priorbox", rows["prior"], 2)
        shape = f"reshape_param {{ shape {{ dim: 0 dim: -1 dim: {classes} }} }}"
        conf = self.add("Reshape", "mbox_conf_reshape", [conf], shape)
        conf = self.add("Softmax", "mbox_conf_softmax", [conf], "softmax_param { axis: 2 }")
        conf = self.add("Flatten", "mbox_conf_flatten", [conf])
        out = (
            f"detection_output_param {{ num_classes: {classes} code_type: CENTER_SIZE "
            "keep_top_k: 100 nms_param { nms_threshold: 0.45 top_k: 100 } "
            "confidence_threshold: 0.01 "
            "share_location: true background_label_id: 0 }"
        )
        return self.add("DetectionOutput", "detection_out", [loc, conf, prior], out)


def prior(low: float, high: float) -> str:
    """Sizes of SSD's priors, and the ratio that gives four boxes."""
    return f"min_size: {low} max_size: {high} aspect_ratio: 2"


def alexnet(t: Text, x: str, end: str = "", share: str = "") -> str:
    """AlexNet's convolutions in two groups (Krizhevsky et al. 2012)."""
    rows = (
        (96, 11, 4, 0, 1),
        (256, 5, 1, 2, 2),
        (384, 3, 1, 1, 1),
        (384, 3, 1, 1, 2),
        (256, 3, 1, 1, 2),
    )
    for i, (n, k, s, p, g) in enumerate(rows, 1):
        x = t.conv(f"conv{i}{end}", x, n, k, s, p, g, share=share and f"{share}{i}")
        if i in (1, 2, 5):
            x = t.pool(f"pool{i}{end}", x, 3)
        if i in (1, 2):
            x = t.add(
                "LRN", f"norm{i}{end}", [x], "lrn_param { local_size: 5 alpha: 0.0001 beta: 0.75 }"
            )
    return x


def vgg(t: Text, x: str, stages: Sequence[tuple[int, int]], last: bool = True) -> dict[str, str]:
    """VGG's stages of 3x3 convolutions (Simonyan, Zisserman 2014): the last blob of each."""
    out = {}
    for i, (n, count) in enumerate(stages, 1):
        for j in range(1, count + 1):
            x = t.conv(f"conv{i}_{j}", x, n)
        out[f"{i}"] = x
        if last or i < len(stages):
            x = t.pool(f"pool{i}", x)
    return {**out, "": x}


def residual(t: Text, name: str, x: str, n: int, s: int, project: bool) -> str:
    """Two 3x3 convolutions beside a shortcut, activations in front (He et al. 2016)."""
    y = t.norm(f"{name}_1", t.conv(f"{name}_conv1", x, n, 3, s, bias=False, relu=False))
    y = t.conv(f"{name}_conv2", y, n, 3, bias=False, relu=False)
    x = t.conv(f"{name}_expand", x, n, 1, s, bias=False, relu=False) if project else x
    out = t.total(f"{name}_sum", y, x)
    return t.norm(f"{name}_2", out)


def face_detector() -> Text:
    """The face detector of samples/dnn: a small ResNet under SSD, 300x300."""
    t = Text("res10_300x300_ssd", data=(1, 3, 300, 300))
    x = t.norm("conv1_h", t.conv("conv1_h", "data", 32, 7, 2, 3, relu=False))
    x = residual(t, "layer_64_1", t.pool("conv1_pool", x, 3), 32, 1, False)
    first = x = residual(t, "layer_128_1", x, 128, 2, True)
    x = residual(t, "layer_256_1", x, 256, 2, True)
    second = residual(t, "layer_512_1", x, 256, 1, True)
    sources, x = [first, second], second
    for i, (n, s) in enumerate(((256, 2), (128, 2), (128, 1), (128, 1)), 6):
        p = 1 if s == 2 else 0
        x = t.conv(f"conv{i}_2_h", t.conv(f"conv{i}_1_h", x, n // 2, 1), n, 3, s, p)
        sources.append(x)
    sizes = [30, 60, 111, 162, 213, 264, 315]
    return _detected(t, list(zip(sources, map(prior, sizes, sizes[1:]), strict=False)), 2)


def _detected(t: Text, sources: Sequence[tuple[str, str]], classes: int) -> Text:
    t.detect(sources, classes)
    return t


def mobilenet_ssd() -> Text:
    """MobileNet (Howard et al. 2017) under SSD, 300x300, 21 classes."""
    t = Text("MobileNet-SSD", data=(1, 3, 300, 300))
    x = t.conv("conv0", "data", 32, 3, 2)
    widths = (64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024)
    n, sources = 32, []
    for i, width in enumerate(widths, 1):
        x = t.conv(f"conv{i}_dw", x, n, 3, 2 if i in (2, 4, 6, 12) else 1, g=n)
        x, n = t.conv(f"conv{i}", x, width, 1), width
        sources += [x] if i in (11, 13) else []
    for i, width in enumerate((512, 256, 256, 128), 14):
        x = t.conv(f"conv{i}_2", t.conv(f"conv{i}_1", x, width // 2, 1), width, 3, 2)
        sources.append(x)
    sizes = [60, 105, 150, 195, 240, 285, 300]
    return _detected(t, list(zip(sources, map(prior, sizes, sizes[1:]), strict=False)), 21)


def openpose(name: str, outs: Sequence[int], stages: int = 6, size: int = 184) -> Text:
    """Part affinity fields over VGG-19's first ten layers (Cao et al. 2017)."""
    t = Text(name, image=(1, 3, size, size))
    x = vgg(t, "image", ((64, 2), (128, 2), (256, 4), (512, 2)), last=False)[""]
    features = x = t.conv("conv4_4_CPM", t.conv("conv4_3_CPM", x, 256), 128)
    for stage in range(1, stages + 1):
        ends = []
        for i, out in enumerate(outs, 1):
            y, k, count, wide = x, *((3, 3, 512) if stage == 1 else (7, 5, 128))
            for j in range(1, count + 1):
                y = t.conv(f"Mconv{j}_stage{stage}_L{i}", y, 128, k)
            y = t.conv(f"Mconv6_stage{stage}_L{i}", y, wide, 1)
            ends.append(t.conv(f"Mconv7_stage{stage}_L{i}", y, out, 1, relu=False))
        x = t.concat(f"concat_stage{stage + 1}", [*ends, features] if stage < stages else ends)
    return t


def colorization() -> Text:
    """Colours of a grey image as a distribution over 313 bins (Zhang et al. 2016)."""
    t = Text("colorization", data_l=(1, 1, 224, 224))
    x = "data_l"
    rows = ((64, 2, 2, 1), (128, 2, 2, 1), (256, 3, 2, 1), (512, 3, 1, 1), (512, 3, 1, 2),
            (512, 3, 1, 2), (512, 3, 1, 1))  # fmt: skip
    for i, (n, count, stride, dilation) in enumerate(rows, 1):
        for j in range(1, count + 1):
            x = t.conv(f"bw_conv{i}_{j}", x, n, 3, stride if j == count else 1, d=dilation)
        x = t.norm(f"conv{i}_{count}norm", x, relu=False)
    up = "convolution_param { num_output: 256 kernel_size: 4 stride: 2 pad: 1 }"
    x = t.relu("8_1", t.add("Deconvolution", "conv8_1", [x], up))
    x = t.conv("conv8_3", t.conv("conv8_2", x, 256), 256)
    x = t.conv("conv8_313", x, 313, 1, relu=False)
    x = t.add("Scale", "conv8_313_rh", [x], "scale_param { bias_term: false }")
    x = t.add("Softmax", "class8_313_rh", [x])
    t.conv("class8_ab", x, 2, 1, relu=False)
    return t


def densenet(blocks: Sequence[int] = (6, 12, 24, 16)) -> Text:
    """DenseNet-121 (Huang et al. 2017)."""
    t = Text("DenseNet_121", data=(1, 3, 224, 224))
    x = t.pool(
        "pool1", t.norm("conv1", t.conv("conv1", "data", 64, 7, 2, bias=False, relu=False)), 3, 2, 1
    )
    n = 64
    for i, count in enumerate(blocks, 2):
        for j in range(1, count + 1):
            name = f"conv{i}_{j}"
            y = _before(t, f"{name}_x1", x)
            y = t.norm(f"{name}_x2", t.conv(f"{name}_x1", y, 128, 1, bias=False, relu=False))
            y = t.conv(f"{name}_x2", y, 32, 3, bias=False, relu=False)
            x, n = t.concat(f"concat_{i}_{j}", [x, y]), n + 32
        y = _before(t, f"conv{i}_blk", x)
        if i <= len(blocks):
            n //= 2
            y = t.conv(f"conv{i}_blk", y, n, 1, bias=False, relu=False)
            x = t.pool(f"pool{i}", y, kind="AVE")
        else:
            x = t.add(
                "Pooling", f"pool{i}", [y], "pooling_param { pool: AVE global_pooling: true }"
            )
    t.conv("fc6", x, 1000, 1, relu=False)
    return t


def _before(t: Text, name: str, x: str) -> str:
    """Normalised in a blob of its own, for others still read x."""
    y = t.add("BatchNorm", f"{name}/bn", [x], "batch_norm_param { use_global_stats: true }")
    y = t.add("Scale", f"{name}/scale", [y], "scale_param { bias_term: true }", top=y)
    return t.add("ReLU", f"{name}/relu", [y], top=y)


def goturn() -> Text:
    """Where an object has gone, from two crops (Held et al. 2016)."""
    t = Text("GOTURN", data1=(1, 3, 227, 227), data2=(1, 3, 227, 227))
    ends = [alexnet(t, "data1", share="c"), alexnet(t, "data2", "_p", share="c")]
    x = t.concat("concat", ends)
    for i in (6, 7):
        x = t.fc(f"fc{i}-new", x, 1024)
    t.fc("fc8-shapes", x, 4, relu=False)
    return t


def textboxes() -> Text:
    """Words as long boxes (Liao et al. 2017): VGG under SSD with 1x5 kernels, 300x300."""
    t = Text("TextBoxes", data=(1, 3, 300, 300))
    ends = vgg(t, "data", ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)), last=False)
    x = t.conv("fc6", t.pool("pool5", ends[""], 3, 1, 1), 512, 3, d=6)
    sources = [ends["4"], t.conv("fc7", x, 512, 1)]
    x = sources[-1]
    for i, n in enumerate((512, 256, 256), 6):
        x = t.conv(f"conv{i}_2", t.conv(f"conv{i}_1", x, n // 2, 1), n, 3, 2)
        sources.append(x)
    sizes = [30, 60, 114, 168, 222, 276]
    priors = [f"min_size: {a} max_size: {b} aspect_ratio: 5" for a, b in pairwise(sizes)]
    t.detect(
        list(zip(sources, priors, strict=False)), 2, "kernel_h: 1 kernel_w: 5 pad_h: 0 pad_w: 2"
    )
    return t


def qr_detector() -> Text:
    """A detector of codes in grey images, depthwise under SSD, as WeChat's."""
    t = Text("qr_detect", data=(1, 1, 384, 384))
    x, n, sources = (
        t.norm("conv1", t.conv("conv1", "data", 24, 3, 2, bias=False, relu=False)),
        24,
        [],
    )
    for i, width in enumerate((32, 64, 64, 128, 128, 128), 2):
        x = t.norm(
            f"dw{i}",
            t.conv(f"dw{i}", x, n, 3, 2 if i in (2, 3, 5) else 1, g=n, bias=False, relu=False),
        )
        x, n = t.norm(f"pw{i}", t.conv(f"pw{i}", x, width, 1, bias=False, relu=False)), width
        sources += [x] if i in (4, 7) else []
    return _detected(t, [(sources[0], prior(60, 120)), (sources[1], prior(120, 240))], 2)


def qr_super_resolution() -> Text:
    """Twice the size of a grey image: densely joined convolutions and a deconvolution."""
    t = Text("qr_sr", data=(1, 1, 80, 80))
    x = t.conv("conv0", "data", 32)
    for i in range(1, 5):
        x = t.concat(f"dense{i}", [x, t.conv(f"conv{i}", x, 16)])
    x = t.conv("reduce", x, 32, 1)
    up = "convolution_param { num_output: 1 kernel_size: 4 stride: 2 pad: 1 }"
    t.add("Deconvolution", "fc", [x], up)
    return t


def hed() -> Text:
    """Edges from the sides of a VGG (Xie, Tu 2015), 500x500."""
    t = Text("HED", data=(1, 3, 200, 200))
    stages = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))
    ends = vgg(t, "data", stages, last=False)
    sides = []
    for i in range(1, 6):
        side = t.conv(f"score-dsn{i}", ends[str(i)], 1, 1, relu=False)
        if i > 1:
            s = 2 ** (i - 1)
            window = f"num_output: 1 kernel_size: {2 * s} stride: {s}"
            up = f"convolution_param {{ {window} bias_term: false }}"
            side = t.add("Deconvolution", f"upsample_{s}", [side], up)
            side = t.add(
                "Crop", f"crop{i}", [side, "data"], f"crop_param {{ axis: 2 offset: {s // 2} }}"
            )
        sides.append(side)
    fused = t.conv("new-score-weighting", t.concat("concat-upscore", sides), 1, 1, relu=False)
    t.add("Sigmoid", "sigmoid-fuse", [fused])
    return t


def enet() -> Text:
    """Unpooling by the places of the maxima, in few layers (Paszke et al. 2016)."""
    t = Text("ENet", data=(1, 3, 256, 256))
    x = t.norm("initial", t.conv("initial", "data", 16, 3, 2, relu=False))
    masks = []
    for i, n in enumerate((64, 128), 1):
        param = "pooling_param { pool: MAX kernel_size: 2 stride: 2 }"
        x = t.add("Pooling", f"pool{i}", [x], param, top=f"pool{i} mask{i}")
        masks.append(f"mask{i}")
        y = t.norm(f"down{i}", t.conv(f"down{i}", x, n, 3, relu=False, bias=False), relu=False)
        x = t.add("PReLU", f"prelu{i}", [y], top=y)
    for i, n in ((2, 64), (1, 16)):
        y = t.norm(f"up{i}", t.conv(f"up{i}", x, n if i == 2 else 16, 1, relu=False, bias=False))
        x = t.add("Upsample", f"upsample{i}", [y, masks[i - 1]], "upsample_param { scale: 2 }")
    up = "convolution_param { num_output: 19 kernel_size: 2 stride: 2 }"
    t.add("Deconvolution", "deconv", [x], up)
    return t


def age_gender(classes: int) -> Text:
    """Age or gender of a face (Levi, Hassner 2015)."""
    t = Text("CaffeNet_faces", data=(1, 3, 227, 227))
    x = "data"
    for i, (n, k, s, p) in enumerate(((96, 7, 4, 0), (256, 5, 1, 2), (384, 3, 1, 1)), 1):
        x = t.pool(f"pool{i}", t.conv(f"conv{i}", x, n, k, s, p), 3)
        if i < 3:
            x = t.add(
                "LRN", f"norm{i}", [x], "lrn_param { local_size: 5 alpha: 0.0001 beta: 0.75 }"
            )
    x = t.fc("fc7", t.fc("fc6", x, 512), 512)
    t.add("Softmax", "prob", [t.fc("fc8", x, classes, relu=False)])
    return t


def _regions(t: Text, x: str, n: int) -> str:
    """A region proposal network on a map of stride 16 (Ren et al. 2015): regions (R, 5)."""
    x = t.conv("rpn_conv", x, n)
    score = t.conv("rpn_cls_score", x, 18, 1, relu=False)
    move = t.conv("rpn_bbox_pred", x, 36, 1, relu=False)
    for name, channels in (("rpn_cls_score_reshape", 2), ("rpn_cls_prob_reshape", 18)):
        shape = f"reshape_param {{ shape {{ dim: 0 dim: {channels} dim: -1 dim: 0 }} }}"
        score = t.add("Reshape", name, [score], shape)
        score = t.add("Softmax", "rpn_cls_prob", [score]) if channels == 2 else score
    param = (
        "feat_stride: 16 base_size: 16 min_size: 16 ratio: [0.5, 1, 2] scale: [8, 16, 32] "
        "pre_nms_topn: 6000 post_nms_topn: 300 nms_thresh: 0.7"
    )
    return t.add("Proposal", "rois", [score, move, "im_info"], f"proposal_param {{ {param} }}")


def faster_rcnn() -> Text:
    """Faster R-CNN over ZF's layers (Zeiler, Fergus 2013), 21 classes."""
    t = Text("ZF", data=(1, 3, 224, 320), im_info=(1, 3))
    x = "data"
    rows = ((96, 7, 2), (256, 5, 2), (384, 3, 1), (384, 3, 1), (256, 3, 1))
    for i, (n, k, s) in enumerate(rows, 1):
        x = t.conv(f"conv{i}", x, n, k, s, k // 2)
        if i < 3:
            lrn = (
                "lrn_param { local_size: 3 alpha: 0.00005 beta: 0.75 norm_region: WITHIN_CHANNEL }"
            )
            x = t.pool(f"pool{i}", t.add("LRN", f"norm{i}", [x], lrn), 3, 2, 1)
    regions = _regions(t, x, 256)
    bins = "roi_pooling_param { pooled_w: 6 pooled_h: 6 spatial_scale: 0.0625 }"
    x = t.add("ROIPooling", "roi_pool_conv5", [x, regions], bins)
    x = t.fc("fc7", t.fc("fc6", x, 4096), 4096)
    t.fc("bbox_pred", x, 84, relu=False)
    t.add("Softmax", "cls_prob", [t.fc("cls_score", x, 21, relu=False)])
    return t


def rfcn() -> Text:
    """R-FCN (Dai et al. 2016) over ResNet-50, its last stage dilated, 21 classes."""
    t = Text("ResNet-50_RFCN", data=(1, 3, 224, 320), im_info=(1, 3))
    x = t.norm("conv1", t.conv("conv1", "data", 64, 7, 2, bias=False, relu=False))
    x = t.pool("pool1", x, 3)
    regions = ""
    for i, (n, count, stride) in enumerate(((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 1)), 2):
        for j in range(count):
            x = _bottleneck(t, f"res{i}{chr(97 + j)}", x, n, stride if not j else 1, not j, i == 5)
        regions = _regions(t, x, 512) if i == 4 else regions
    x = t.conv("conv_new_1", x, 1024, 1)
    for name, out in (("cls", 21), ("bbox", 8)):
        maps = t.conv(f"rfcn_{name}", x, out * 49, 1, relu=False)
        param = f"spatial_scale: 0.0625 output_dim: {out} group_size: 7"
        y = t.add(
            "PSROIPooling", f"psroipooled_{name}_rois", [maps, regions],
            f"psroi_pooling_param {{ {param} }}",
        )  # fmt: skip
        y = t.pool(f"ave_{name}_rois", y, 7, 7, kind="AVE")
        t.add("Softmax", "cls_prob", [y]) if name == "cls" else None
    return t


def _bottleneck(t: Text, name: str, x: str, n: int, s: int, project: bool, dilate: bool) -> str:
    """1x1, 3x3 and 1x1 convolutions beside a shortcut (He et al. 2015)."""
    y = t.norm(f"{name}_2a", t.conv(f"{name}_2a", x, n, 1, s, bias=False, relu=False))
    y = t.conv(f"{name}_2b", y, n, 3, d=2 if dilate else 1, bias=False, relu=False)
    y = t.norm(f"{name}_2b", y)
    y = t.conv(f"{name}_2c", y, 4 * n, 1, bias=False, relu=False)
    y = t.norm(f"{name}_2c", y, relu=False)
    if project:
        x = t.conv(f"{name}_1", x, 4 * n, 1, s, bias=False, relu=False)
        x = t.norm(f"{name}_1", x, relu=False)
    return t.relu(name, t.total(name, x, y))


NETS: dict[str, Callable[[], Text]] = {
    "face detector (res10 SSD)": face_detector,
    "MobileNet-SSD": mobilenet_ssd,
    "OpenPose body": lambda: openpose("pose", (38, 19)),
    "OpenPose hand": lambda: openpose("hand", (22,)),
    "OpenPose face": lambda: openpose("face", (71,)),
    "colorization": colorization,
    "ENet": enet,
    "DenseNet-121": densenet,
    "age": lambda: age_gender(8),
    "gender": lambda: age_gender(2),
    "GOTURN": goturn,
    "TextBoxes": textboxes,
    "WeChat QR detector": qr_detector,
    "WeChat QR super-resolution": qr_super_resolution,
    "R-FCN": rfcn,
    "Faster R-CNN": faster_rcnn,
    "HED": hed,
}
"""What a table calls each net, and what writes it."""
