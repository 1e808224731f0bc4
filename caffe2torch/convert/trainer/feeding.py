"""Where a training script takes its batches from: an LMDB, or what the user fills in."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from caffe2torch import caffe_pb2 as pb
from caffe2torch.convert.grouped.wrapping import broken, docstring
from caffe2torch.data.paths import resolve
from caffe2torch.graph.model import Graph, Node
from caffe2torch.layers.code import number, quoted

DATUM = '''def datum(record: bytes) -> tuple[torch.Tensor, int]:
    """Pixels (C, H, W) and label of a Datum, the record of Caffe's databases."""
    fields, at = {}, 0

    def varint() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte, at = record[at], at + 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(record):
        tag = varint()
        size = varint()
        if tag & 7 == 2:
            fields[tag >> 3], at = record[at : at + size], at + size
        else:
            fields[tag >> 3] = size
    if fields.get(7):  # a JPEG or PNG, which OpenCV would give as BGR
        image = Image.open(io.BytesIO(fields[4])).convert("RGB")
        rgb = torch.frombuffer(bytearray(image.tobytes()), dtype=torch.uint8)
        bgr = rgb.view(image.height, image.width, 3).permute(2, 0, 1).flip(0)
        return bgr.float(), fields.get(5, 0)
    pixels = torch.frombuffer(bytearray(fields[4]), dtype=torch.uint8)
    return pixels.view(fields[1], fields[2], fields[3]).float(), fields.get(5, 0)
'''

BATCHES = '''def batches(source: Path, size: int, training: bool) -> Batches:
    """Batches of an LMDB in the order of its keys, round and round."""
    pixels, labels = [], []
    with lmdb.open(str(source), readonly=True, lock=False).begin() as transaction:
        while True:
            for _, record in transaction.cursor():
                image, label = datum(record)
                pixels.append(transform(image, training))
                labels.append(label)
                if len(pixels) == size:
                    yield {yielded}
                    pixels, labels = [], []
'''


def lmdb_of(graph: Graph) -> Node | None:
    """The one Data layer of a net over an LMDB of raw images; None if there is anything else."""
    sources = graph.sources
    if len(sources) != 1 or sources[0].type != "Data":
        return None
    param = sources[0].param
    plain = not (param.transform_param.force_color or param.transform_param.force_gray)
    return sources[0] if plain and param.data_param.backend == pb.DataParameter.LMDB else None


def feeding(train: Graph, test: Graph | None) -> list[str]:
    """Functions that make batches."""
    nodes = [lmdb_of(graph) for graph in (train, test) if graph is not None]
    if any(node is None for node in nodes):
        tops = [
            f"{top} {shape}"
            for n in train.sources
            for top, shape in zip(n.tops, n.top_shapes, strict=True)
        ]
        types = sorted({node.type for node in train.sources})
        return [_stub(", ".join(tops), " and ".join(types))]
    lmdbs = [node for node in nodes if node is not None]
    labels = "torch.stack(pixels), torch.tensor(labels).float()"
    yielded = labels if len(lmdbs[0].tops) > 1 else "(torch.stack(pixels),)"
    return [DATUM, _transform(lmdbs), BATCHES.replace("{yielded}", yielded)]


def _stub(tops: str, types: str) -> str:
    """A `batches` for the user to write."""
    about = f"Yield {tops}, float32, for ever; the net reads them by {types}."
    lines = ["def batches(training: bool) -> Batches:", *docstring(about, 4)]
    refusal = quoted(f"write batches(): yield {tops}")
    lines += broken(f"raise NotImplementedError({refusal})", 4)
    return "\n".join(lines) + "\n"


def calls(node: Node | None, training: bool, folder: Path | None = None) -> str:
    """The call of `batches` for one net, in a script that will lie in `folder`."""
    if node is None:
        return f"batches({training})"
    data = node.param.data_param
    source = Path(resolve(data.source, node.site.base)).absolute()
    way = quoted(str(source) if folder is None else os.path.relpath(source, folder))
    return f"batches(HERE / {way}, {data.batch_size}, {training})"


def _transform(nodes: Sequence[Node]) -> str:
    """The function that crops, mirrors, subtracts the mean and scales one image."""
    first = nodes[0].param.transform_param
    last = nodes[-1].param.transform_param
    lines = [
        "def transform(image: torch.Tensor, training: bool) -> torch.Tensor:",
        '    """What transform_param says, in Caffe\'s order."""',
    ]
    if mean := _mean(nodes[0]):
        lines.append(f"    image = image - {mean}")
    if first.crop_size:
        size = first.crop_size
        lines += [
            f"    room = image.shape[1] - {size}, image.shape[2] - {size}",
            "    y, x = [random.randint(0, r) if training else r // 2 for r in room]",
            f"    image = image[:, y : y + {size}, x : x + {size}]",
        ]
    if first.mirror or last.mirror:
        when = "" if first.mirror and last.mirror and len(nodes) > 1 else "training and "
        lines += [f"    if {when}random.random() < 0.5:", "        image = image.flip(2)"]
    scale = f" * {number(first.scale)}" if first.scale != 1 else ""
    return "\n".join([*lines, f"    return image{scale}"]) + "\n"


def _mean(node: Node) -> str:
    transform = node.param.transform_param
    if transform.mean_file:
        return "MEAN"
    values = ", ".join(number(value) for value in transform.mean_value)
    return f"torch.tensor([{values}]).view(-1, 1, 1)" if values else ""


def mean_file(node: Node | None) -> Path | None:
    """The mean file of a Data layer, where it exists."""
    name = mean_name(node) if node else ""
    return Path(name) if name and Path(name).is_file() else None


def mean_name(node: Node) -> str:
    """The mean file that a Data layer names, "" if none."""
    name: str = node.param.transform_param.mean_file
    return resolve(name, node.site.base) if name else ""
