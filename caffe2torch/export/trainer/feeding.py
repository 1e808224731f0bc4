"""Where a training script takes its batches from: an LMDB, or what the user fills in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from caffe2torch import caffe_pb2 as pb
from caffe2torch.data.paths import resolve
from caffe2torch.graph import Graph, Node
from caffe2torch.layers.base import number, quoted

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

BATCHES = '''def batches(source: str, size: int, training: bool) -> Batches:
    """Batches of an LMDB in the order of its keys, round and round."""
    pixels, labels = [], []
    with lmdb.open(source, readonly=True, lock=False).begin() as transaction:
        while True:
            for _, record in transaction.cursor():
                image, label = datum(record)
                pixels.append(transform(image, training))
                labels.append(label)
                if len(pixels) == size:
                    yield torch.stack(pixels){labels}
                    pixels, labels = [], []
'''

STUB = '''def batches(training: bool) -> Batches:
    """Yield {tops}, float32, for ever.

    The net reads them by {types}, which this script leaves to you.
    """
    raise NotImplementedError("write batches(): yield {tops}")
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
        return [STUB.format(tops=", ".join(tops), types=" and ".join(types))]
    found = [node for node in nodes if node is not None]
    labels = ", torch.tensor(labels).float()" if len(found[0].tops) > 1 else ","
    return [DATUM, _transform(found), BATCHES.replace("{labels}", labels)]


def calls(node: Node | None, training: bool) -> str:
    """The call of `batches` for one net."""
    if node is None:
        return f"batches({training})"
    data = node.param.data_param
    return f"batches({quoted(resolve(data.source, node.site.base))}, {data.batch_size}, {training})"


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
    if node is None or not node.param.transform_param.mean_file:
        return None
    path = Path(resolve(node.param.transform_param.mean_file, node.site.base))
    return path if path.is_file() else None
