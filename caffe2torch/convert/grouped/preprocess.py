"""The images of a converted net: a `preprocess` function, and classifying one as `__main__`.

How an image is prepared is what a data layer says, of the net or of one beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from caffe2torch import caffe_pb2 as pb
from caffe2torch.convert.grouped.steps import Flow
from caffe2torch.convert.grouped.wrapping import broken, docstring
from caffe2torch.data.paths import resolve
from caffe2torch.errors import C2TError
from caffe2torch.format.upgrade import Net
from caffe2torch.graph.filtering import filter_layers
from caffe2torch.layers.base import Shape
from caffe2torch.layers.code import number
from caffe2torch.module.names import bare

SIBLINGS = ("train_val.prototxt", "train_test.prototxt", "train.prototxt", "test.prototxt")
LOADERS = {
    "safetensors": ("from safetensors.torch import load_file", "load_file"),
    "pt": ("", "torch.load"),
}
"""Import and call that read weights, by the suffix of their file."""


@dataclass(frozen=True)
class Images:
    """What becomes of an image before it enters the net, as Caffe's data layers do it.

    shape:  channels, height and width that the net takes
    resize: height and width before the crop; the same where nothing is cropped
    mean:   one number, one a channel, or none;  scale: a factor after the mean
    source: the file whose data layer says so, "" if none was found
    mean_file: where the mean is from: a file of one a pixel, of which one a channel is left
    missing: a mean file that could not be read
    """

    shape: tuple[int, int, int]
    resize: tuple[int, int]
    mean: tuple[float, ...] = ()
    scale: float = 1.0
    source: str = ""
    mean_file: str = ""
    missing: str = ""

    def text(self) -> str:
        """The function, as source."""
        (c, h, w), (rows, columns) = self.shape, self.resize
        gray = c == 1
        top, left = (rows - h) // 2, (columns - w) // 2
        crop = "" if (rows, columns) == (h, w) else f".crop({(left, top, left + w, top + h)})"
        sized = f'image.convert("{"L" if gray else "RGB"}").resize(({columns}, {rows})){crop}'
        pixels = f"torch.frombuffer(pixels, dtype=torch.uint8).view({h}, {w}, {c})"
        planes = f"{pixels}{'' if gray else '.flip(2)'}.permute(2, 0, 1)"
        lines = ["def preprocess(image) -> torch.Tensor:", *docstring(self._docstring(), 4)]
        return "\n".join(
            [
                *lines,
                f"    pixels = bytearray({sized}.tobytes())",
                f"    {'gray' if gray else 'bgr'} = {planes}",
                *broken(f"return {self._values('gray' if gray else 'bgr')}", 4),
            ]
        )

    def _docstring(self) -> str:
        what = "Gray" if self.shape[0] == 1 else "BGR"
        minus = ", 0..255 minus the mean" if self.mean else ", 0..255"
        if self.mean_file:
            minus = f" minus {bare(self.mean_file)}'s mean by channel"
        times = f", times {number(self.scale)}" if self.scale != 1 else ""
        lacks = f" (to do: subtract {bare(self.missing)})" if self.missing else ""
        return f"{what} of a PIL image{minus}{times}{lacks}."

    def _values(self, name: str) -> str:
        if not self.mean:
            return (
                f"{name}[None] * {number(self.scale)}"
                if self.scale != 1
                else f"{name}[None].float()"
            )
        if len(self.mean) == 1:
            less = f"{name}[None] - {number(self.mean[0])}"
        else:
            means = ", ".join(number(value) for value in self.mean)
            less = f"{name}[None] - torch.tensor([{means}]).view({self.shape[0]}, 1, 1)"
        return f"({less}) * {number(self.scale)}" if self.scale != 1 else less


def images(shape: Shape, nets: Sequence[Net], mean: Path | None = None) -> Images | None:
    """How images are prepared for an input of this shape; None if it takes no images.

    nets: where to look for a data layer, the first that has one counts
    mean: a mean file in place of the data layer's
    """
    if len(shape) != 4 or shape[1] not in (1, 3) or min(shape[2:]) < 2:
        return None
    size = (shape[1], shape[2], shape[3])
    for net in nets:
        layer = _data_layer(net)
        if layer is not None:
            return _read(size, layer, net, mean)
    transform = pb.TransformationParameter()
    values, missing, _ = _mean(transform, "", mean)
    name = mean.name if mean else ""
    return Images(size, (size[1], size[2]), values, mean_file=name, missing=missing)


def beside(net: Net) -> list[Path]:
    """Files in the folder of a net that usually hold its data layers."""
    folder = Path(net.file).parent
    return [path for name in SIBLINGS if (path := folder / name).is_file()]


def _data_layer(net: Net) -> pb.LayerParameter | None:
    """The layer that feeds images in TEST, or else in TRAIN."""
    for phase in (pb.TEST, pb.TRAIN):
        try:
            kept = filter_layers(net, pb.NetState(phase=phase))
        except C2TError:
            continue
        for _, layer in kept:
            if not layer.bottom and layer.top and layer.HasField("transform_param"):
                return layer
    return None


def _read(
    shape: tuple[int, int, int], layer: pb.LayerParameter, net: Net, given: Path | None
) -> Images:
    base = str(Path(net.file).parent)
    values, missing, stored = _mean(layer.transform_param, base, given)
    resized = layer.image_data_param.new_height, layer.image_data_param.new_width
    known = resized if all(resized) else stored
    fits = known and known[0] >= shape[1] and known[1] >= shape[2]
    whole = known if known and fits else (shape[1], shape[2])
    values = values[: shape[0]] if len(values) not in (1, shape[0]) else values
    scale = layer.transform_param.scale
    name = given.name if given else Path(layer.transform_param.mean_file).name
    name = name if stored else ""
    return Images(shape, whole, values, scale, net.file, name, missing)


def _mean(
    transform: pb.TransformationParameter, base: str, given: Path | None
) -> tuple[tuple[float, ...], str, tuple[int, int] | None]:
    """The mean by channel, a mean file that is missing, and the size of images in the mean."""
    if transform.mean_value:
        return tuple(transform.mean_value), "", None
    path = str(given) if given else resolve(transform.mean_file, base)
    if not path:
        return (), "", None
    from caffe2torch.weights import read_mean

    if not given and not Path(path).is_file():
        return (), Path(path).name, None
    blob = read_mean(path)
    shape: tuple[int, ...] = blob.shape
    means = blob.reshape(shape[-3:]).mean(axis=(1, 2))
    # to a ten-thousandth of a gray level, as a person would write it
    return tuple(round(float(value), 4) for value in means), "", (shape[-2], shape[-1])


def entry(flow: Flow, class_name: str, weights: str) -> str:
    """The `__main__` part: weights are read from the file of the same name with this suffix."""
    imports, load = LOADERS[weights]
    path = f'__file__.replace(".py", ".{weights}")'
    lines = ['if __name__ == "__main__":', "    import sys", "", "    from PIL import Image"]
    lines += [f"    {imports}"] if imports else []
    lines += [
        "",
        f"    net = {class_name}().eval().requires_grad_(False)",
        f"    net.load_state_dict({load}({path}))",
    ]
    result = "net(preprocess(Image.open(sys.argv[1])))"
    return "\n".join(lines + [f"    {line}" for line in _shown(flow, result)])


def _shown(flow: Flow, result: str) -> list[str]:
    """Lines that print a result: the best classes, or the blobs as they are."""
    if len(flow.outputs) != 1:
        return [f"for blob, value in {result}.items():", "    print(blob, value.tolist())"]
    shape = flow.shapes[next(iter(flow.outputs.values()))]
    classes = max(shape, default=1)
    if len(shape) < 2 or classes < 2 or shape[1] != classes or max(shape[2:], default=1) > 1:
        return [f"print({result}.tolist())"]
    return [f"print({result}.flatten().topk({min(5, classes)}))"]
