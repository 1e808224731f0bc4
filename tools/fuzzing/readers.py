"""What is fuzzed: each reader takes the bytes of one file and does all that a command would do.

A reader may raise C2TError and OSError, which are messages; whatever else it raises is a fault.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tools.fuzzing import formats, mutate

PICTURES = Path(__file__).parents[2] / "tests" / "fuzz" / "corpus" / "image"
Mutator = Callable[[bytes, random.Random, Sequence[bytes]], bytes]


@dataclass(frozen=True)
class Reader:
    """One reader: how it is called, what it does with a file of some bytes, and what mutates them.

    corpus: the folder of its first inputs
    """

    name: str
    read: Callable[[bytes, Path], None]
    mutator: Mutator
    corpus: str


def text(data: bytes, _folder: Path) -> None:
    """A net in text, parsed and upgraded."""
    from caffe2torch.format import schema, upgrade

    upgrade.parse_net(schema.decode(data, "f"), "f")


def graph(data: bytes, _folder: Path) -> None:
    """A net in text, wired in both phases."""
    from caffe2torch.format import schema, upgrade
    from caffe2torch.graph import build_graph
    from caffe2torch.graph.filtering import net_state

    net = upgrade.parse_net(schema.decode(data, "f"), "f").filled()
    for phase in ("TRAIN", "TEST"):
        build_graph(net, net_state(net, phase, None, ()), assume=True)


def solver(data: bytes, _folder: Path) -> None:
    """A solver in text: parsed, and what Caffe would refuse in it."""
    from caffe2torch.config import checks
    from caffe2torch.format import schema, upgrade

    read = upgrade.parse_solver(schema.decode(data, "f"), "f")
    checks.set_prefix(read)
    list(checks.refusals(read))
    checks.without_effect(read)


def lint(data: bytes, _folder: Path) -> None:
    """A net or solver, linted with all rules and fixed."""
    from caffe2torch.config.files import Files
    from caffe2torch.format import schema
    from caffe2torch.lint import engine, fix, formats
    from caffe2torch.lint.config import Config
    from caffe2torch.lint.context import Context

    source = schema.decode(data, "f")

    def relint(texts: dict[str, str]) -> tuple[Context, list[object]]:
        context = Context("f", Files({"f": source, **texts}), "")
        return context, engine.run(context, Config())

    fix.apply_all(relint, True)
    context, findings = relint({})
    crashed = [finding for finding in findings if finding.code == "C2T009"]
    if crashed:
        raise AssertionError(crashed[0].message)
    formats.find("text")(formats.Report(findings, ["f"], dict(context.files.texts)))


def draw(data: bytes, folder: Path) -> None:
    """A net, drawn as SVG."""
    from click.testing import CliRunner

    from caffe2torch.commands.draw import command

    path = folder / "f.prototxt"
    path.write_bytes(data)
    result = CliRunner().invoke(command, [str(path), "-o", str(folder / "o.svg")])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception


def binary(data: bytes, folder: Path) -> None:
    """A binary file of Caffe's: read as what it seems to be; weights and the net in it, if any."""
    from caffe2torch import weights
    from caffe2torch.inspect.binary import message_type

    path = folder / "f"
    path.write_bytes(data)
    kind = message_type(str(path))
    if kind == "SolverState":
        weights.read_solverstate(path)
    elif kind == "BlobProto":
        weights.read_mean(path)
    else:
        weights.read_weights(path, diffs=True)
        weights.read_structure(path)


def inspect(data: bytes, folder: Path) -> None:
    """Any file, inspected."""
    from caffe2torch.inspect import inspect_file, render

    path = folder / "f"
    path.write_bytes(data)
    list(render.lines(inspect_file(str(path))))


def hdf5(data: bytes, folder: Path) -> None:
    """An HDF5 file, as data, as weights, as a state, and inspected."""
    from caffe2torch import weights
    from caffe2torch.data.hdf5 import read_file
    from caffe2torch.errors import C2TError

    path = folder / "f.h5"
    path.write_bytes(data)
    for read in (
        lambda: read_file(str(path), ["data", "label"], None),
        lambda: weights.read_weights(path),
        lambda: weights.read_solverstate(path),
    ):
        with suppress(C2TError):
            read()
    inspect(data, folder)


def database(data: bytes, folder: Path) -> None:
    """An LMDB, read record by record."""
    from caffe2torch.data.datum import parse, pixels
    from caffe2torch.data.sources import open_source
    from caffe2torch.errors import C2TError

    path = folder / "f.mdb"
    path.write_bytes(data)
    source = open_source(str(path))
    try:
        cursor = source.cursor()
        for _ in range(4):
            for record in cursor.take(8)[1]:
                with suppress(C2TError):
                    pixels(parse(record))
            cursor.check()
    finally:
        source.close()


def record(data: bytes, _folder: Path) -> None:
    """A Datum, decoded."""
    from caffe2torch.data.datum import parse, pixels

    pixels(parse(data))


def listing(data: bytes, folder: Path) -> None:
    """A list of images, with its images."""
    from caffe2torch.data.images import read_image
    from caffe2torch.data.lists import labelled

    for picture in PICTURES.iterdir():
        if not (folder / picture.name).exists():
            (folder / picture.name).write_bytes(picture.read_bytes())
    path = folder / "f.txt"
    path.write_bytes(data)
    for name, _ in labelled(str(path))[:3]:
        read_image(name, 4, 4, True, str(folder))


def image(data: bytes, _folder: Path) -> None:
    """An image file, decoded in all ways."""
    from caffe2torch.data.images import decode_image

    decode_image(data, "color")
    decode_image(data, "gray")
    decode_image(data, "unchanged")


def idx(data: bytes, folder: Path) -> None:
    """An idx file, plain or packed."""
    from caffe2torch.data.importers import idx as importer

    path = folder / "f"
    path.write_bytes(data)
    importer.read(path)


def npy(data: bytes, folder: Path) -> None:
    """A .npy or .npz file."""
    from caffe2torch.data.mean import load_mean
    from caffe2torch.data.npy import load_npz

    path = folder / "f.npy"
    path.write_bytes(data)
    load_npz(path) if data[:2] == b"PK" else load_mean(path)


def tar(data: bytes, folder: Path) -> None:
    """A WebDataset shard, read sample by sample."""
    from caffe2torch.data.sources import open_source

    path = folder / "f.tar"
    path.write_bytes(data)
    cursor = open_source(str(path)).cursor()
    cursor.take(4)


READERS = {
    reader.name: reader
    for reader in (
        Reader("text", text, mutate.mutate_text, "text"),
        Reader("graph", graph, mutate.mutate_text, "text"),
        Reader("solver", solver, mutate.mutate_text, "solver"),
        Reader("lint", lint, mutate.mutate_text, "text"),
        Reader("draw", draw, mutate.mutate_text, "text"),
        Reader("binary", binary, mutate.mutate_wire, "binary"),
        Reader("inspect", inspect, mutate.mutate_wire, "binary"),
        Reader("hdf5", hdf5, formats.mutate_hdf5, "hdf5"),
        Reader("database", database, formats.mutate_lmdb, "database"),
        Reader("record", record, mutate.mutate_wire, "record"),
        Reader("list", listing, formats.mutate_list, "list"),
        Reader("image", image, formats.mutate_image, "image"),
        Reader("idx", idx, mutate.mutate_head, "idx"),
        Reader("npy", npy, mutate.mutate_head, "npy"),
        Reader("tar", tar, mutate.mutate_bytes, "tar"),
    )
}
