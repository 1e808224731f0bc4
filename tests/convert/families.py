"""Nets of known families, written out by loops: what a person would expect to get back."""

from __future__ import annotations

AVERAGE = "pooling_param { pool: AVE global_pooling: true }"


def head(name: str, *shape: int, blob: str = "data") -> str:
    dims = " ".join(f"dim: {size}" for size in shape)
    return (
        f'name: "{name}"\n'
        f'layer {{ name: "{blob}" type: "Input" top: "{blob}" '
        f"input_param {{ shape {{ {dims} }} }} }}\n"
    )


def layer(type_: str, name: str, bottoms: str, top: str = "", param: str = "") -> str:
    """One layer; `bottoms` are separated by spaces, the top is the name if it is left out."""
    reads = " ".join(f'bottom: "{bottom}"' for bottom in bottoms.split())
    return f'layer {{ name: "{name}" type: "{type_}" {reads} top: "{top or name}" {param} }}\n'


def conv(name: str, bottom: str, n: int, k: int = 3, pad: int = 0, more: str = "") -> str:
    filler = 'weight_filler { type: "msra" }'
    param = f"num_output: {n} kernel_size: {k} pad: {pad} {filler} {more}"
    return layer("Convolution", name, bottom, "", f"convolution_param {{ {param} }}")


def relu(name: str, blob: str) -> str:
    return layer("ReLU", name, blob, blob)


def pool(name: str, bottom: str, k: int, stride: int, pad: int = 0, kind: str = "MAX") -> str:
    param = f"pool: {kind} kernel_size: {k} stride: {stride} pad: {pad}"
    return layer("Pooling", name, bottom, "", f"pooling_param {{ {param} }}")


def ip(name: str, bottom: str, n: int, param: str = "") -> str:
    filler = 'weight_filler { type: "xavier" }'
    return layer(
        "InnerProduct",
        name,
        bottom,
        "",
        f"{param} inner_product_param {{ num_output: {n} {filler} }}",
    )


def normalized(suffix: str, blob: str) -> str:
    """BatchNorm and Scale in place, named as in the nets of He et al."""
    bias = "scale_param { bias_term: true }"
    return layer("BatchNorm", f"bn{suffix}", blob, blob) + layer(
        "Scale", f"scale{suffix}", blob, blob, bias
    )


def resnet(blocks: tuple[int, ...], size: int = 224, width: int = 64) -> str:
    """A ResNet of bottleneck blocks with He's layer names."""
    text = head("ResNet", 1, 3, size, size) + conv("conv1", "data", width, 7, 3, "stride: 2")
    text += normalized("_conv1", "conv1") + relu("conv1_relu", "conv1")
    text += pool("pool1", "conv1", 3, 2)
    bottom = "pool1"
    for stage, count in enumerate(blocks, 2):
        for letter in "abcdefgh"[:count]:
            text, bottom = text + _bottleneck(stage, letter, bottom, width), f"res{stage}{letter}"
    return (
        text
        + layer("Pooling", "pool5", bottom, "", AVERAGE)
        + ip("fc1000", "pool5", 1000)
        + layer("Softmax", "prob", "fc1000")
    )


def _bottleneck(stage: int, letter: str, bottom: str, first: int) -> str:
    tag, width = f"{stage}{letter}", first * 2 ** (stage - 2)
    stride = "stride: 2" if letter == "a" and stage > 2 else ""
    text, shortcut, bare = "", bottom, "bias_term: false"
    if letter == "a":
        shortcut = f"res{tag}_branch1"
        text += conv(shortcut, bottom, 4 * width, 1, 0, f"{stride} {bare}")
        text += normalized(f"{tag}_branch1", shortcut)
    at = bottom
    for part, k, n in (("2a", 1, width), ("2b", 3, width), ("2c", 1, 4 * width)):
        name = f"res{tag}_branch{part}"
        more = f"{stride if part == '2a' else ''} {bare}"
        text += conv(name, at, n, k, k // 2, more) + normalized(f"{tag}_branch{part}", name)
        text += relu(f"{name}_relu", name) if part != "2c" else ""
        at = name
    return (
        text
        + layer("Eltwise", f"res{tag}", f"{shortcut} {at}")
        + relu(f"res{tag}_relu", f"res{tag}")
    )


INCEPTION = {
    "3a": (64, 96, 128, 16, 32, 32), "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64), "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64), "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128), "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}  # fmt: skip


def googlenet(divide: int = 1, size: int = 224) -> str:
    """Inception v1 with slashes in its names; `divide` makes it thinner."""
    lrn = "lrn_param { local_size: 5 alpha: 0.0001 beta: 0.75 }"
    text = head("GoogleNet", 1, 3, size, size)
    text += conv("conv1/7x7_s2", "data", 64 // divide, 7, 3, "stride: 2")
    text += relu("conv1/relu_7x7", "conv1/7x7_s2") + pool("pool1/3x3_s2", "conv1/7x7_s2", 3, 2)
    text += layer("LRN", "pool1/norm1", "pool1/3x3_s2", "", lrn)
    text += conv("conv2/3x3_reduce", "pool1/norm1", 64 // divide, 1)
    text += relu("conv2/relu_3x3_reduce", "conv2/3x3_reduce")
    text += conv("conv2/3x3", "conv2/3x3_reduce", 192 // divide, 3, 1)
    text += relu("conv2/relu_3x3", "conv2/3x3") + layer("LRN", "conv2/norm2", "conv2/3x3", "", lrn)
    text += pool("pool2/3x3_s2", "conv2/norm2", 3, 2)
    bottom = "pool2/3x3_s2"
    for tag, widths in INCEPTION.items():
        text += _inception(f"inception_{tag}", bottom, [n // divide for n in widths])
        bottom = f"inception_{tag}/output"
        if tag in ("3b", "4e"):
            name = f"pool{3 if tag == '3b' else 4}/3x3_s2"
            text, bottom = text + pool(name, bottom, 3, 2), name
    text += layer("Pooling", "pool5/7x7_s1", bottom, "", AVERAGE)
    text += layer("Dropout", "pool5/drop", "pool5/7x7_s1", "pool5/7x7_s1")
    return (
        text
        + ip("loss3/classifier", "pool5/7x7_s1", 1000)
        + layer("Softmax", "prob", "loss3/classifier")
    )


def _inception(name: str, bottom: str, widths: list[int]) -> str:
    n1, r3, n3, r5, n5, proj = widths
    text = conv(f"{name}/1x1", bottom, n1, 1) + relu(f"{name}/relu_1x1", f"{name}/1x1")
    for k, reduce, n in ((3, r3, n3), (5, r5, n5)):
        inner, outer = f"{name}/{k}x{k}_reduce", f"{name}/{k}x{k}"
        text += conv(inner, bottom, reduce, 1) + relu(f"{name}/relu_{k}x{k}_reduce", inner)
        text += conv(outer, inner, n, k, k // 2) + relu(f"{name}/relu_{k}x{k}", outer)
    text += pool(f"{name}/pool", bottom, 3, 1, 1)
    text += conv(f"{name}/pool_proj", f"{name}/pool", proj, 1)
    text += relu(f"{name}/relu_pool_proj", f"{name}/pool_proj")
    parts = " ".join(f"{name}/{part}" for part in ("1x1", "3x3", "5x5", "pool_proj"))
    return text + layer("Concat", f"{name}/output", parts)


def vgg(stages: tuple[int, ...], width: int = 64, size: int = 224, hidden: int = 4096) -> str:
    """A VGG net: conv1_1, relu1_1, ..., pool1, ..., fc6, fc7, fc8, prob."""
    text, bottom = head("VGG", 1, 3, size, size), "data"
    for stage, count in enumerate(stages, 1):
        for i in range(1, count + 1):
            n = min(width * 2 ** (stage - 1), width * 8)
            text += conv(f"conv{stage}_{i}", bottom, n, 3, 1)
            bottom = f"conv{stage}_{i}"
            text += relu(f"relu{stage}_{i}", bottom)
        text, bottom = text + pool(f"pool{stage}", bottom, 2, 2), f"pool{stage}"
    for name, n in (("fc6", hidden), ("fc7", hidden)):
        text += ip(name, bottom, n) + relu(f"relu{name[2:]}", name)
        text, bottom = text + layer("Dropout", f"drop{name[2:]}", name, name), name
    return text + ip("fc8", bottom, 1000) + layer("Softmax", "prob", "fc8")


def siamese() -> str:
    """Two towers with the same parameters and a contrastive loss."""
    text = (
        head("siamese", 4, 2, 12, 12, blob="pair") + head("siamese", 4, blob="sim").split("\n")[1]
    )
    text += layer("Slice", "cut", "pair", "a", 'top: "b"')
    for side in "ab":
        shared = [f'param {{ name: "{kind}" }}' for kind in ("cw", "cb", "fw", "fb")]
        text += layer(
            "Convolution", f"conv_{side}", side, "", f"{shared[0]} {shared[1]} convolution_param "
            '{ num_output: 4 kernel_size: 3 weight_filler { type: "msra" } }',
        )  # fmt: skip
        text += relu(f"relu_{side}", f"conv_{side}")
        text += ip(f"feat_{side}", f"conv_{side}", 3, f"{shared[2]} {shared[3]}")
    return text + layer("ContrastiveLoss", "loss", "feat_a feat_b sim")


FAMILIES = {
    "resnet": resnet((3, 2, 2), size=64, width=8),
    "googlenet": googlenet(divide=8, size=64),
    "vgg": vgg((1, 2, 2, 3), width=4, size=32, hidden=16),
    "siamese": siamese(),
}
