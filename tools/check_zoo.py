"""Parse, upgrade and build (shapes only, without torch) every net of a corpus of real files.

    python tools/check_zoo.py DIR [--list] [--only TEXT] [--convert] [--oracle]

DIR holds index.csv and, where real Caffe could say, the shapes and upgraded texts it gave. Prints
one line a kind and the misses; exits 1 when a kind is below its bar. A DIR without index.csv is
any folder of forks' files: how many open and build, and what stops the rest.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import click

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from caffe2torch.errors import C2TError
from caffe2torch.format.upgrade import Net, read_net, read_solver
from caffe2torch.graph import build_graph
from caffe2torch.graph.model import Graph

Row = dict[str, str]

BARS = {
    "parsed": 1.0,
    "upgraded as Caffe": 1.0,
    "built": 0.99,
    "shapes equal": 0.99,
    "others built": 0.97,
    "refused as Caffe": 1.0,
    "solvers read": 1.0,
    "converted": 1.0,
    "others converted": 0.95,
    "models as in Caffe": 1.0,
}
APART = {
    "others built": "need somebody's Python layer, or are templates that a program fills in",
    "others converted": "are refused with a reason: layers or files that were never published",
}
PYTHON = "Python layers run somebody's code"
FORK_ERRORS = (
    "has no field named",
    "Unknown enumeration value",
    "Unknown layer name",
    "Expected integer, got: [",  # lists of sizes for pooling
)


@dataclass
class Tally:
    """Cases of one kind, and why the missed ones missed."""

    total: int = 0
    misses: list[tuple[str, str]] = field(default_factory=list)
    apart: list[tuple[str, str]] = field(default_factory=list)

    def line(self, kind: str) -> str:
        passed = self.total - len(self.misses)
        share = f"{passed / self.total:.2%}" if self.total else "none"
        apart = f", {len(self.apart)} {APART[kind]}" if self.apart else ""
        return f"{kind}: {passed}/{self.total} ({share}, bar {BARS[kind]:.0%}{apart})"

    def below(self, kind: str) -> bool:
        return self.total > 0 and (self.total - len(self.misses)) / self.total < BARS[kind]


@dataclass
class Zoo:
    folder: Path
    tallies: dict[str, Tally] = field(default_factory=lambda: {kind: Tally() for kind in BARS})

    def rows(self) -> Iterator[Row]:
        with (self.folder / "index.csv").open(newline="") as file:
            yield from csv.DictReader(file)

    def check(self, row: Row) -> None:
        if row["kind"] == "solver":
            if row["bvlc_parses"] == "yes":
                self._try("solvers read", row["path"], lambda: read_solver(self._path(row)))
        elif row["kind"].startswith("net"):
            self._check_net(row)

    def _path(self, row: Row) -> str:
        return str(self.folder / row["path"])

    def _check_net(self, row: Row) -> None:
        if row["bvlc_parses"] == "yes":
            self._try("parsed", row["path"], lambda: read_net(self._path(row)))
        if row["upgraded"]:
            self._try("upgraded as Caffe", row["path"], lambda: self._upgraded(row))
        if row["bvlc_builds"] == "yes":
            shapes = self.folder / "shapes" / f"{row['sha1']}.json"
            self._built(row["path"], Path(self._path(row)), "TEST", shapes)
        elif row["bvlc_builds"] == "skipped_data":
            self._check_patched(row)
        elif _refusal(row):
            self._refused(row)
        else:
            self._other(row)

    def _check_patched(self, row: Row) -> None:
        found = False
        for phase in ("TEST", "TRAIN"):
            if row[f"patched_{phase.lower()}"] == "yes":
                found = True
                stem = f"{row['sha1']}.{phase}"
                net = self.folder / "patched" / f"{stem}.prototxt"
                shapes = self.folder / "shapes_patched" / f"{stem}.json"
                self._built(f"{row['path']} ({phase}, data replaced)", net, phase, shapes)
        if not found:
            self._other(row)

    def _upgraded(self, row: Row) -> None:
        ours = read_net(self._path(row)).message
        theirs = read_net(str(self.folder / row["upgraded"])).message
        if ours != theirs:
            raise C2TError(_first_difference(str(ours), str(theirs)))

    def _built(self, name: str, path: Path, phase: str, shapes: Path) -> None:
        graph = self._try("built", name, lambda: build_graph(read_net(str(path)), phase=phase))
        if isinstance(graph, Graph):
            self._try("shapes equal", name, lambda: _compare_shapes(graph, shapes))

    def _refused(self, row: Row) -> None:
        tally = self.tallies["refused as Caffe"]
        tally.total += 1
        try:
            build_graph(read_net(self._path(row)), phase="TEST")
        except C2TError:
            return
        except Exception as error:
            tally.misses.append((row["path"], f"{type(error).__name__}: {error}"))
        else:
            reason = row["build_error"] or row["bvlc_error"]
            tally.misses.append((row["path"], f"accepted, but Caffe says: {reason[:100]}"))

    def _other(self, row: Row) -> None:
        tally = self.tallies["others built"]
        tally.total += 1
        try:
            _build_some_phase(read_net(self._path(row)), row)
        except Exception as error:
            crash = "" if isinstance(error, C2TError) else f"{type(error).__name__}: "
            if not crash and (PYTHON in str(error) or self._is_template(row)):
                tally.total -= 1
                tally.apart.append((row["path"], str(error)))
            else:
                tally.misses.append((row["path"], f"{crash}{str(error).splitlines()[0]}"))

    def _is_template(self, row: Row) -> bool:
        """Whether the net builds once the blanks that it leaves (num_output: 0) are filled in."""
        try:
            net = read_net(self._path(row))
            if not _fill_blanks(net):
                return False
            _build_some_phase(net, row)
        except C2TError:
            return False
        return True

    def _try(self, kind: str, name: str, action: Callable[[], object]) -> object:
        tally = self.tallies[kind]
        tally.total += 1
        try:
            return action()
        except C2TError as error:
            tally.misses.append((name, str(error)))
        except Exception as error:
            tally.misses.append((name, f"{type(error).__name__}: {error}"))
        return None


def _refusal(row: Row) -> bool:
    """Whether BVLC Caffe refuses this net for a reason that no fork's schema or type lifts."""
    if row["bvlc_builds"] == "no":
        return "Unknown layer type" not in row["build_error"]
    return not any(text in row["bvlc_error"] for text in FORK_ERRORS)


def _fill_blanks(net: Net) -> bool:
    """Give layers whose num_output is written as 0 two outputs; say if there were any."""
    params = [
        param
        for layer in net.message.layer
        for param in (layer.convolution_param, layer.inner_product_param)
        if param.HasField("num_output") and not param.num_output
    ]
    for param in params:
        param.num_output = 2
    return bool(params)


def _build_some_phase(net: Net, row: Row) -> None:
    """Build the phase the net is written for: TEST for deploy nets, else TRAIN, failing that TEST.

    A file with only TRAIN or only TEST layers is whole in that phase alone.
    """
    phases = ["TEST"] if row["kind"] == "net_deploy" else ["TRAIN", "TEST"]
    errors = []
    for phase in phases:
        try:
            build_graph(net, phase=phase, assume=True)
            return
        except C2TError as error:
            errors.append(error)
    raise errors[0]


def _compare_shapes(graph: Graph, path: Path) -> None:
    theirs = json.loads(path.read_text())
    ours = [[name, list(shape)] for name, shape in graph.shapes.items()]
    _same("blobs", ours, theirs["blobs"])
    if "params" in theirs:
        params = {
            node.name: [list(ref.shape) for ref in node.params]
            for node in graph.nodes
            if node.params
        }
        _same("params", _named(params), _named(theirs["params"]))


def _named(params: object) -> list[object]:
    items = params.items() if isinstance(params, dict) else params
    return sorted(([name, shapes] for name, shapes in items), key=str)  # type: ignore[union-attr]


def _same(what: str, ours: list[object], theirs: list[object]) -> None:
    for mine, other in zip(ours, theirs, strict=False):
        if mine != other:
            raise C2TError(f"{what}: {mine} here, {other} in Caffe")
    if len(ours) != len(theirs):
        raise C2TError(f"{what}: {len(ours)} here, {len(theirs)} in Caffe")


def _first_difference(ours: str, theirs: str) -> str:
    for mine, other in zip(ours.splitlines(), theirs.splitlines(), strict=False):
        if mine != other:
            return f"{mine.strip()!r} here, {other.strip()!r} in Caffe"
    return "one text is longer than the other"


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--list", "listed", is_flag=True, help="List every miss, not the first five.")
@click.option("--only", default="", help="Only files whose path contains this.")
@click.option("--convert", is_flag=True, help="Convert all nets and models instead, and run them.")
@click.option("--oracle", is_flag=True, help="Convert the real caffemodels alone, and run them.")
def main(folder: Path, listed: bool, only: str, convert: bool, oracle: bool) -> None:
    """Check every net and solver of the corpus in FOLDER."""
    if not (folder / "index.csv").exists():
        from tools.zoo import forks

        for line in forks.survey(folder, only).lines(listed):
            click.echo(line)
        return
    zoo = Zoo(folder)
    rows = [row for row in zoo.rows() if only in row["path"]]
    if convert:
        from tools.zoo import convert as converting

        zoo.tallies["converted"] = Tally(*converting.check(converting.cases(folder, rows)))
        others, refused = converting.others(folder, rows), []
        found = converting.check(others, refused)
        zoo.tallies["others converted"] = Tally(*found, refused)
    if convert or oracle:
        from tools.zoo import oracle as models

        zoo.tallies["models as in Caffe"] = Tally(*models.check(folder, only))
    for row in rows if not (convert or oracle) else []:
        zoo.check(row)
    for kind, tally in zoo.tallies.items():
        if not (tally.total or tally.apart):
            continue
        click.echo(tally.line(kind))
        rows = tally.misses + (tally.apart if listed else [])
        for name, reason in rows if listed else rows[:5]:
            click.echo(f"  {name}: {reason.splitlines()[0]}")
        if len(rows) > 5 and not listed:
            click.echo(f"  ... {len(rows) - 5} more; --list shows all")
    sys.exit(any(tally.below(kind) for kind, tally in zoo.tallies.items()))


if __name__ == "__main__":
    main()
