"""The images of a converted net: a `preprocess` function, and classifying them as `__main__`."""

from __future__ import annotations

import textwrap

from caffe2torch.config.preprocessing import Preprocessing
from caffe2torch.convert.grouped.steps import Flow
from caffe2torch.convert.grouped.wrapping import WIDTH, broken, docstring
from caffe2torch.layers.code import number
from caffe2torch.module.names import bare

LOADERS = {
    "safetensors": ("from safetensors.torch import load_file", "load_file"),
    "pt": ("", "torch.load"),
}
"""Import and call that read weights, by the suffix of their file."""
MEAN_END = "_mean.pt"
"""Ends the name of the file that holds the mean image, beside the source."""


def preprocess(prepared: Preprocessing) -> str:
    """The function that prepares an image, as source.

    Bilinear between pixel centres without smoothing is cv::resize, but for its fixed point: half a
    grey level, which rounding makes one.
    """
    (channels, h, w), (rows, columns) = prepared.shape, prepared.resize
    name = "gray" if channels == 1 else "bgr"
    flip = "" if channels == 1 else ".flip(1)"
    planes = f"pixels.view(1, image.height, image.width, {channels}).permute(0, 3, 1, 2){flip}"
    size = f'{name}, ({rows}, {columns}), mode="bilinear"'
    top, left = prepared.offsets
    crop = "" if (rows, columns) == (h, w) else f"[:, :, {top}:{top + h}, {left}:{left + w}]"
    scale = f" * {number(prepared.scale)}" if prepared.scale != 1 else ""
    lines = [
        f'image = image.convert("{"L" if channels == 1 else "RGB"}")',
        "pixels = torch.frombuffer(bytearray(image.tobytes()), dtype=torch.uint8)",
        f"{name} = {planes}.float()",
        f"{name} = nn.functional.interpolate({size}).round()",
        *([f"{name} = {name} - {_mean(prepared)}"] if prepared.mean is not None else []),
        f"return {name}{crop}{scale}",
    ]
    text = bare(f"{prepared.described()[:1].upper()}{prepared.described()[1:]}.")
    head = ["def preprocess(image) -> torch.Tensor:", *docstring(text, 4)]
    return "\n".join([*_warning(prepared), *head, *(row for x in lines for row in broken(x, 4))])


def _mean(prepared: Preprocessing) -> str:
    if prepared.is_mean_image:
        return f'torch.load(__file__.replace(".py", "{MEAN_END}"), weights_only=True)'
    assert prepared.mean is not None
    values = [number(float(value)) for value in prepared.mean.ravel()]
    if len(values) == 1:
        return values[0]
    return f"torch.tensor([{', '.join(values)}]).view({len(values)}, 1, 1)"


def _warning(prepared: Preprocessing) -> list[str]:
    """Comments above the function that say what is not known."""
    wrapped = [textwrap.wrap(bare(text), WIDTH - 12) for text in doubts(prepared)]
    return ["# WARNING: " + "\n#   ".join(lines) for lines in wrapped]


def doubts(prepared: Preprocessing) -> list[str]:
    """What is not known, or not written into the source as the files say."""
    texts = list(prepared.doubts)
    if prepared.policy is not None:
        policy = prepared.policy
        modes = ", ".join(policy.Interp_mode.Name(mode) for mode in policy.interp_mode) or "LINEAR"
        texts.append(
            f"resize_param says {policy.Resize_mode.Name(policy.resize_mode)} with {modes}; "
            "preprocess() resizes to the same size with WARP and LINEAR"
        )
    return texts


def entry(flow: Flow, class_name: str, weights: str) -> str:
    """The `__main__` part: weights are read from the file of the same name with this suffix."""
    imports, load = LOADERS[weights]
    path = f'__file__.replace(".py", ".{weights}")'
    count = _classes(flow)
    lines = ["import argparse", "", "from PIL import Image, ImageOps"]
    lines += [imports] if imports else []
    lines += ["", "parser = argparse.ArgumentParser()", 'parser.add_argument("images", nargs="+")']
    if count:
        about = "names of the classes, a line each"
        lines.append(f'parser.add_argument("--labels", type=open, help="{about}")')
    lines += [
        "args = parser.parse_args()",
        *(["names = args.labels.read().splitlines() if args.labels else []"] if count else []),
        f"net = {class_name}().eval().requires_grad_(False)",
        f"net.load_state_dict({load}({path}))",
        "for path in args.images:",
        "    result = net(preprocess(ImageOps.exif_transpose(Image.open(path))))",
        *(f"    {line}" for line in _shown(flow, count)),
    ]
    return "\n".join(['if __name__ == "__main__":', *(f"    {x}" if x else "" for x in lines)])


def _classes(flow: Flow) -> int:
    """How many classes the one output scores; 0 for outputs of other kinds."""
    if len(flow.outputs) != 1:
        return 0
    shape = flow.shapes[next(iter(flow.outputs.values()))]
    classes = max(shape, default=1)
    flat = len(shape) > 1 and shape[1] == classes and max(shape[2:], default=1) == 1
    return classes if flat and classes > 1 else 0


def _shown(flow: Flow, count: int) -> list[str]:
    """Lines that print a result: the best classes, or the blobs as they are."""
    if count:
        return [
            "scores = result.flatten()",
            f"for k in scores.topk({min(5, count)}).indices.tolist():",
            '    print(f"{names[k] if k < len(names) else k}: {scores[k]:.4f}")',
        ]
    if len(flow.outputs) != 1:
        return ["for blob, value in result.items():", "    print(path, blob, value.tolist())"]
    return ["print(path, result.tolist())"]
