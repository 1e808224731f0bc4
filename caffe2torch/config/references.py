"""Every file that a solver and its nets name: where it is written, and where it lies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from caffe2torch import caffe_pb2 as pb
from caffe2torch.config.files import Files
from caffe2torch.data.paths import Place, bare_name
from caffe2torch.errors import Span
from caffe2torch.format.upgrade import Net, Solver

SOLVER_FIELDS = frozenset({"net", "train_net", "test_net", "weights", "snapshot_prefix"})
LAYER_FIELDS = frozenset(
    {
        "source",
        "mean_file",
        "video_file",
        "name_size_file",
        "label_transform_file",
        "root_folder",
    }
)
"""Fields of a layer's parameter messages that hold a path."""
BEGINNINGS = frozenset({"snapshot_prefix", "root_folder"})
"""Fields that only begin a path: they are not looked for as they stand."""


@dataclass(frozen=True)
class Reference:
    """A path that a solver, or a layer of a net, names.

    owner: what the field is in
    field: its dotted path there, "net" or "data_param.source"
    index: the layer's index in the net, None in a solver
    value: the whole string; `weights` may be several paths with commas between them
    path:  the path itself
    place: where it lies, None if nowhere, or if it only begins a path
    """

    owner: Solver | Net
    field: str
    index: int | None
    value: str
    path: str
    place: Place | None

    @property
    def moved(self) -> bool:
        """Whether it is used under its bare name, since nothing lies where it points."""
        return self.place is not None and self.place.bare

    @property
    def span(self) -> Span | None:
        """The place of the field."""
        if isinstance(self.owner, Solver):
            return self.owner.span(self.field)
        return self.owner.span(self.index, self.field)

    @property
    def name(self) -> str:
        """The field alone: "source"."""
        return _name(self.field)

    @property
    def corrected(self) -> str:
        """The field's value with the bare name for the path."""
        paths = self.value.split(",") if isinstance(self.owner, Solver) else [self.value]
        return ",".join(bare_name(p) if p.strip() == self.path else p for p in paths)

    @property
    def note(self) -> str:
        """What to tell of a path that moved."""
        layer = ""
        if isinstance(self.owner, Net) and self.index is not None:
            layer = f'layer "{self.owner.message.layer[self.index].name}": '
        return (
            f'{layer}{self.name} "{self.path}" does not exist; "{bare_name(self.path)}" beside '
            f"{Path(self.owner.file).name} is used"
        )


def references(solver: Solver | None, nets: Iterable[Net], files: Files) -> Iterator[Reference]:
    """Yield the paths of a solver, if there is one, and of the layers of nets."""
    if solver is not None:
        for field, value in _strings(solver.message, SOLVER_FIELDS):
            for path in value.split(",") if field.startswith("weights") else [value]:
                yield _reference(solver, field, None, value, path.strip(), files)
    for net in nets:
        for index, layer in enumerate(net.message.layer):
            for field, value in _of_layer(layer):
                yield _reference(net, field, index, value, value, files)


def notes(solver: Solver | None, nets: Iterable[Net], files: Files) -> list[str]:
    """What to tell about paths that are used under their bare names, each once."""
    moved = (one.note for one in references(solver, nets, files) if one.moved)
    return list(dict.fromkeys(moved))


def _reference(
    owner: Solver | Net, field: str, index: int | None, value: str, path: str, files: Files
) -> Reference:
    whole = owner.file and _name(field) not in BEGINNINGS
    place = files.locate(path, str(Path(owner.file).parent)) if whole else None
    return Reference(owner, field, index, value, path, place)


def _name(field: str) -> str:
    return field.rpartition(".")[2].partition("[")[0]


def _of_layer(layer: pb.LayerParameter) -> Iterator[tuple[str, str]]:
    """Dotted field and value of each path in a layer's parameter messages."""
    for outer, message in layer.ListFields():
        if outer.message_type is not None and hasattr(message, "ListFields"):
            for field, value in _strings(message, LAYER_FIELDS):
                yield f"{outer.name}.{field}", value


def _strings(message: Any, names: frozenset[str]) -> Iterator[tuple[str, str]]:
    """The set strings of a message under some names; those of a repeated field have an index."""
    for field, value in message.ListFields():
        if field.name not in names:
            continue
        if isinstance(value, str):
            yield field.name, value
        elif not hasattr(value, "ListFields"):
            yield from ((f"{field.name}[{i}]", one) for i, one in enumerate(value))
