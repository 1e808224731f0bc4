"""What a run writes: held to what the command allows, and shown before it starts."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

from caffe2torch import caffe_pb2 as pb
from caffe2torch import inputs, outputs
from caffe2torch.errors import C2TError, SolverError
from caffe2torch.format import schema, upgrade
from caffe2torch.graph.model import Graph, Node
from caffe2torch.outputs import Permit, starts_with
from caffe2torch.terminal import printable
from caffe2torch.train.run_folder import ABOUT, EVENTS, INPUTS, LINT, LINT_HEAD
from caffe2torch.train.settings import Settings

KINDS = {
    "train.log": starts_with(b"I", b"W", b"E", b"F"),
    "metrics.csv": starts_with(b"iteration,"),
    "curve.png": starts_with(b"\x89PNG"),
    EVENTS: starts_with(b"{"),
    ABOUT: starts_with(b"{"),
    LINT: starts_with(LINT_HEAD.encode()),
    INPUTS: starts_with(b"\x89PNG"),
}
"""Files of a run folder, and how one of ours begins."""
SNAPSHOTS = (".caffemodel", ".solverstate", ".caffemodel.h5", ".solverstate.h5", ".c2tstate")
MOST = 1000
"""Snapshots of a prefix that are looked at."""


def permit_of(settings: Settings) -> Permit:
    """Where a run may write: the working directory, the solver's folder, and --run-dir."""
    permit = Permit.beside(settings.solver, settings.allow_outside, settings.force)
    named = (Path(settings.run_dir).resolve(),) if settings.run_dir else ()
    return replace(permit, folders=permit.folders + named)


def check_places(solver: upgrade.Solver, folder: Path, new: bool) -> None:
    """Refuse a prefix of snapshots and a run folder that are not to be written to.

    folder: the run folder; new: its files are written anew, else a run goes on

    Raises: SolverError at snapshot_prefix; OSError for what the sandbox does not hold.
    """
    prefix = solver.message.snapshot_prefix
    try:
        for path in (*_written(prefix), f"{prefix}_iter_N"):
            outputs.check(path, "snapshot_prefix", _is_snapshot if new else _may_be_torn)
        for name, is_known in KINDS.items():
            outputs.check(str(folder / name), "the run folder's", is_known if new else _any)
    except C2TError as error:
        raise SolverError(
            error.message, span=solver.span("snapshot_prefix"), hint=error.hint
        ) from None


def _any(_path: Path) -> bool:
    return True


def _written(prefix: str) -> Iterator[str]:
    """Files that are there and that snapshots of a prefix may replace."""
    folder, name = os.path.split(prefix)
    if not Path(folder).is_dir():
        return
    named = (path for path in Path(folder).iterdir() if path.name.startswith(f"{name}_iter_"))
    yield from islice((str(path) for path in named if path.name.endswith(SNAPSHOTS)), MOST)


def _is_snapshot(path: Path) -> bool:
    with inputs.opened(path) as file:
        head = file.read(4096)
    if path.name.endswith(".c2tstate"):
        return head.startswith(b"PK\x03\x04")
    if path.name.endswith(".h5"):
        return head.startswith(b"\x89HDF")
    return not head or not (schema.is_text(head) or schema.other_format(head))


def _may_be_torn(path: Path) -> bool:
    """Whether it is a snapshot, or one that was cut short within its first bytes."""
    with inputs.opened(path) as file:
        head = file.read(4)
    return b"PK\x03\x04".startswith(head) or b"\x89HDF".startswith(head) or _is_snapshot(path)


def check_layers(graphs: Iterable[Graph]) -> None:
    """Refuse files that layers write, each at its layer. Raises: C2TError."""
    writers: dict[tuple[int, str], str] = {}
    for graph, node, path in _layers(graphs):
        try:
            outputs.check(path, "file_name", node.layer.is_written)
            first = writers.setdefault((id(graph), os.path.realpath(path)), node.name)
            if first != node.name:
                raise C2TError(
                    f'file_name "{path}" is written by layer "{first}" already',
                    hint="give each layer a file of its own",
                )
        except C2TError as error:
            error.message = f'layer "{node.name}" ({node.type}): {error.message}'
            error.span = graph.net.span(node.index, node.layer.param_field)
            raise


def _layers(graphs: Iterable[Graph]) -> Iterator[tuple[Graph, Node, str]]:
    for graph in graphs:
        for node in graph.nodes:
            path = node.layer.writes(node.site)
            if path:
                yield graph, node, path


def shown(param: pb.SolverParameter, folder: Path, graphs: Iterable[Graph]) -> str:
    """Return a line that names all that a run writes."""
    files = [f"{folder}{os.sep}"]
    if param.snapshot or param.snapshot_after_train:
        files.insert(0, f"{param.snapshot_prefix}_iter_N.*")
    paths = dict.fromkeys(path for _, _, path in _layers(graphs))
    return f"writes {', '.join(map(printable, [*files, *paths]))}"
