"""transform/: what data layers give, databases and means that are made, what HDF5Output writes."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from caffe2torch import caffe_pb2 as pb
from caffe2torch.data.datum import decode
from caffe2torch.data.images import read_image
from caffe2torch.data.importers.images import Options, convert
from caffe2torch.data.lists import labelled
from caffe2torch.data.mean import channel_means, compute_mean
from caffe2torch.data.sources import open_source
from caffe2torch.format.upgrade import read_net
from caffe2torch.graph import build_graph
from caffe2torch.graph.model import Graph
from caffe2torch.module.build import build, run
from caffe2torch.module.feed import Feed, open_feed
from caffe2torch.weights import read_mean
from tools.golden.outcome import Array, Outcome, load, reported

Items = list[list[Array]]


def check(folder: Path) -> Iterator[Outcome]:
    index = json.loads((folder / "index.json").read_text())
    for case in index["cases"]:
        yield batches(case)
    for case in index["convert"]:
        if "--backend=leveldb" not in case["args"]:  # writing LevelDB is not offered
            yield converted(case)
    for case in index["means"]:
        yield mean_image(case)
    yield hdf5_output(index["hdf5_output"])


def batches(case: dict[str, Any]) -> Outcome:
    outcome = Outcome(case["name"])
    with reported(outcome):
        graph = build_graph(read_net(case["prototxt"]), phase=case["phase"])
        recorded = load(Path(case["npz"]))
        with _opened(graph, case, recorded) as feed:
            ours = [next(feed) for _ in range(case["batches"])]
        for top in case["tops"]:
            mine = [batch[top].numpy() for batch in ours]
            theirs = [recorded[f"{top}@{k}"] for k in range(case["batches"])]
            for k, (a, b) in enumerate(zip(mine, theirs, strict=True)):
                outcome.require(a.shape == b.shape, f"{top}@{k}: {a.shape}, Caffe has {b.shape}")
            if outcome.problems:
                continue
            if case["random"]:
                _possible(outcome, graph, case, top, mine, theirs)
            else:
                _equal(outcome, graph, case, top, mine, theirs)
    if case.get("optional") and any("plyvel" in problem for problem in outcome.problems):
        outcome.problems.clear()
        outcome.skipped = "LevelDB needs plyvel, which is not installed"
    return outcome


def _opened(graph: Graph, case: dict[str, Any], recorded: dict[str, Array]) -> Feed:
    feed = open_feed(graph, seed=1)
    source = graph.sources[0]
    if source.type == "MemoryData":
        arrays = [recorded[f"in:{top}"] for top in case["tops"]]
        feed.layer(source.name).set_arrays(*arrays)  # type: ignore[attr-defined]
    return feed


def _equal(
    outcome: Outcome,
    graph: Graph,
    case: dict[str, Any],
    top: str,
    mine: Sequence[Array],
    theirs: Sequence[Array],
) -> None:
    """Labels must be equal; pixels too, but for pixel_tolerance before scaling."""
    scale = abs(graph.sources[0].param.transform_param.scale) if top == "data" else 0.0
    tolerance = case["pixel_tolerance"] * scale
    for k, (a, b) in enumerate(zip(mine, theirs, strict=True)):
        if tolerance:
            error = float(np.abs(a - b).max()) / (tolerance * (1 + 1e-5))
            outcome.worst = max(outcome.worst, error)
            outcome.require(error <= 1, f"{top}@{k}: {error:.3g} times the tolerance")
        else:
            outcome.require(bool((a == b).all()), f"{top}@{k}: {np.abs(a - b).max()} off")


def _possible(
    outcome: Outcome,
    graph: Graph,
    case: dict[str, Any],
    top: str,
    mine: Sequence[Array],
    theirs: Sequence[Array],
) -> None:
    """Both sides must hold only items that the layer may give in that place."""
    layer = graph.sources[0].param
    items = _candidates(layer, case["phase"] == "TRAIN", case["tops"].index(top))
    for who, batches in (("ours", mine), ("Caffe's", theirs)):
        for place, item in enumerate(itertools.chain.from_iterable(batches)):
            allowed = items[place % len(items)]
            if not any(np.array_equal(item, one) for one in allowed):
                outcome.problems.append(f"{top}: item {place} of {who} is none of the possible")
    if _shuffled(layer):
        _permutations(outcome, top, mine, items[0])


def _permutations(outcome: Outcome, top: str, mine: Sequence[Array], values: list[Array]) -> None:
    """Each epoch of a shuffled list holds every item once."""
    given = list(itertools.chain.from_iterable(mine))
    for start in range(0, len(given) - len(values) + 1, len(values)):
        epoch = given[start : start + len(values)]
        for value in values:
            wanted = sum(np.array_equal(value, other) for other in values)
            found = sum(np.array_equal(value, other) for other in epoch)
            outcome.require(wanted == found, f"{top}: an epoch is no permutation")


def _shuffled(layer: pb.LayerParameter) -> bool:
    return layer.image_data_param.shuffle or layer.hdf5_data_param.shuffle


def _candidates(layer: pb.LayerParameter, train: bool, top: int) -> Items:
    """What may stand in each place of an epoch, by plain loops over crops and mirrorings."""
    if layer.type == "HDF5Data":
        rows = _hdf5_rows(layer, top)
        return [rows] * len(rows)
    pairs = list(_stored(layer))
    if top:
        items = [[np.float32(label)] for _, label in pairs]
    else:
        mean = _mean_of(layer.transform_param)
        items = [_transformed(image, layer.transform_param, mean, train) for image, _ in pairs]
    if _shuffled(layer):
        everything = list(itertools.chain.from_iterable(items))
        return [everything] * len(items)
    return items


def _hdf5_rows(layer: pb.LayerParameter, top: int) -> list[Array]:
    import h5py

    rows: list[Array] = []
    for path in Path(layer.hdf5_data_param.source).read_text().split():
        with h5py.File(path) as file:
            rows += list(file[layer.top[top]][...].astype(np.float32))
    return rows


def _stored(layer: pb.LayerParameter) -> Iterator[tuple[Array, int]]:
    if layer.type == "ImageData":
        images = layer.image_data_param
        for name, label in labelled(images.source):
            path = images.root_folder + name
            yield (
                read_image(path, images.new_height, images.new_width, images.is_color),
                label,
            )
        return
    source = open_source(layer.data_param.source)
    for _, record in source:
        yield decode(record)
    source.close()


def _mean_of(param: pb.TransformationParameter) -> Array:
    if param.mean_file:
        mean: Array = read_mean(param.mean_file)[0]
        return mean
    values = np.array(list(param.mean_value) or [0], np.float32)
    return values[:, None, None]


def _transformed(
    image: Array, param: pb.TransformationParameter, mean: Array, train: bool
) -> list[Array]:
    centred = (image.astype(np.float32) - mean) * np.float32(param.scale)
    _, h, w = centred.shape
    crop_h, crop_w = param.crop_size or h, param.crop_size or w
    tops, lefts = range(h - crop_h + 1), range(w - crop_w + 1)
    if not train:
        tops, lefts = [(h - crop_h) // 2], [(w - crop_w) // 2]  # type: ignore[assignment]
    crops = [centred[:, y : y + crop_h, x : x + crop_w] for y in tops for x in lefts]
    return crops + [crop[:, :, ::-1] for crop in crops if param.mirror]


def converted(case: dict[str, Any]) -> Outcome:
    outcome = Outcome(f"convert/{case['db']}")
    root, listed, name = case["args"][-3:]
    said: list[str] = []
    with reported(outcome), TemporaryDirectory() as folder:
        path = Path(folder, "db")
        convert(root, listed, path, _options(case["args"][:-3]), said.append)
        said = [line.replace(str(path), name) for line in said]
        outcome.require(said == case["messages"], f"says {said}, Caffe {case['messages']}")
        ours, theirs = open_source(str(path)), open_source(case["db"])
        for (key, a), (wanted, b) in itertools.zip_longest(ours, theirs, fillvalue=(b"", b"")):
            outcome.require(key == wanted, f"key {key!r}, Caffe has {wanted!r}")
            if key == wanted:
                _same_record(outcome, f"{key!r}", a, b, case["pixel_tolerance"])
        ours.close()
        theirs.close()
    return outcome


def _options(arguments: list[str]) -> Options:
    flags: dict[str, Any] = {}
    for argument in arguments:
        name, _, value = argument.removeprefix("--").partition("=")
        flags[name] = int(value) if value.isdigit() else value or True
    return Options(**flags)


def _same_record(outcome: Outcome, what: str, ours: bytes, theirs: bytes, tolerance: int) -> None:
    a, b = pb.Datum.FromString(ours), pb.Datum.FromString(theirs)
    for field in ("channels", "height", "width", "label", "encoded"):
        same = getattr(a, field) == getattr(b, field) and a.HasField(field) == b.HasField(field)
        outcome.require(same, f"{what}: another {field}")
    pixels, wanted = decode(ours)[0].astype(int), decode(theirs)[0].astype(int)
    same = pixels.shape == wanted.shape and bool((np.abs(pixels - wanted) <= tolerance).all())
    outcome.require(same, f"{what}: other pixels")


def mean_image(case: dict[str, Any]) -> Outcome:
    outcome = Outcome(f"means/{case['file']}")
    with reported(outcome):
        said = [f"Opened lmdb {case['db']}"]
        source = open_source(case["db"])
        mean = compute_mean(source, said.append)
        source.close()
        said.append(f"Write to {case['file']}")
        said.append(f"Number of channels: {len(mean)}")
        for channel, value in enumerate(channel_means(mean)):
            said.append(f"mean_value channel [{channel}]: {value:.6g}")
        outcome.require(said == case["messages"], f"says {said}")
        recorded = read_mean(case["file"])
        outcome.require([1, *mean.shape] == case["shape"], f"shape {mean.shape}")
        outcome.require(np.array_equal(mean, recorded.reshape(mean.shape)), "another mean")
    return outcome


def hdf5_output(case: dict[str, Any]) -> Outcome:
    import h5py
    import torch

    outcome = Outcome("hdf5_output")
    with reported(outcome), TemporaryDirectory() as folder:
        net = read_net(case["prototxt"])
        sink = net.message.layer[-1].hdf5_output_param
        sink.file_name = str(Path(folder, "out.h5"))
        graph = build_graph(net)
        inputs = {key: torch.from_numpy(value) for key, value in load(Path(case["inputs"])).items()}
        run(build(graph), inputs, graph.outputs)
        with h5py.File(sink.file_name) as ours, h5py.File(case["file"]) as theirs:
            for name, (shape, dtype) in case["datasets"].items():
                data = ours[name]
                outcome.require(list(data.shape) == shape, f"{name}: shape {data.shape}")
                outcome.require(str(data.dtype) == dtype, f"{name}: type {data.dtype}")
                outcome.require(np.array_equal(data[...], theirs[name][...]), f"{name} differs")
    return outcome
