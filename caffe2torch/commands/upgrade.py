"""Rewrite nets and solvers of older Caffe versions in the present format."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from caffe2torch.commands._kinds import refuse
from caffe2torch.errors import DataError
from caffe2torch.terminal import echo, verbosity

if TYPE_CHECKING:
    from caffe2torch.format.upgrade import Net, Solver

GROUP = "convert"
EXAMPLE = "c2t upgrade net old.prototxt new.prototxt"
KINDS = ("net", "solver")


@click.command(options_metavar="[OPTIONS] net|solver IN OUT, or --in-place")
@click.argument("words", metavar="PATH...", nargs=-1, required=True)
@click.option("--force", is_flag=True, help="Replace OUT if it exists.")
@click.option("--in-place", is_flag=True, help="Rewrite files, and all in folders, themselves.")
@click.option("--backup", is_flag=True, help="Keep what --in-place changes as FILE.bak.")
def command(words: tuple[str, ...], force: bool, in_place: bool, backup: bool) -> int:
    """Write the net or solver IN to OUT as Caffe 1.0 has it, or files in place.

    Text stays text and binary stays binary. Comments and layout stay, except in nets of 2013,
    whose layers are written anew. A file in the present format already is copied, or left as it
    is. In folders, nets and solvers are known by their content and all else is left alone; -v
    names it.

    Exits with 1 if old fields have no place in the present format (they are left out), or if a
    file in place cannot be upgraded.
    """
    if in_place:
        return _in_place([Path(word) for word in words], backup)
    if backup:
        raise click.UsageError("--backup goes with --in-place")
    if len(words) != 3 or words[0] not in KINDS:
        raise click.UsageError(
            "write: c2t upgrade net IN OUT, or solver IN OUT; or PATH... with --in-place, which "
            "rewrites the files themselves (--backup keeps the old ones)"
        )
    return _one(words[0], Path(words[1]), Path(words[2]), force)


def _one(kind: str, old: Path, new: Path, force: bool) -> int:
    from caffe2torch.format import upgrade

    if new.exists() and not force:
        raise DataError(f"{new} exists already", hint="name another file, or use --force")
    refuse(str(old), ("net", "weights") if kind == "net" else ("solver",), f"upgrade {kind}")
    read = upgrade.read_net(old, lenient=True) if kind == "net" else upgrade.read_solver(old)
    if not read.message.ListFields():
        raise DataError(f"{old} holds no {kind}: it is empty", hint="fetch or write it again")
    _write(read, new)
    problems = getattr(read, "problems", [])
    for problem in problems:
        echo(f"dropped: {problem}", err=True)
    done = "upgraded" if read.notes else "in the present format already"
    echo(f"{new}: {kind}, {done}")
    return 1 if problems else 0


def _write(read: Net | Solver, path: Path) -> None:
    from caffe2torch.atomic import replacing
    from caffe2torch.format import schema
    from caffe2torch.format.upgrade.rewrite import rewritten

    if read.document is None:
        schema.write_binary(read.message, path)
        return
    with replacing(path) as aside:
        aside.write_bytes(rewritten(read)[0].encode("utf-8", "surrogateescape"))


def _in_place(paths: list[Path], backup: bool) -> int:
    """Upgrade everything below the paths; tell what changed and what failed, and count."""
    from caffe2torch.format.upgrade import bulk
    from caffe2torch.inspect import kind_of

    def named(outcome: bulk.Outcome) -> bool:
        return outcome.state == bulk.SKIPPED and outcome.path in paths

    counts: Counter[str] = Counter()
    for outcome in bulk.run(paths, kind_of, backup):
        counts[outcome.state] += 1
        counts["dropped"] += len(outcome.problems)
        for problem in outcome.problems:
            echo(f"{outcome.path}: dropped: {problem}", err=True)
        if outcome.state == bulk.FAILED:
            echo(f"failed: {outcome.words.partition(chr(10))[0]}", err=True)
        elif outcome.state == bulk.UPGRADED or verbosity() > 0 or named(outcome):
            line = f"{outcome.path}: {outcome.state}{outcome.words and f', {outcome.words}'}"
            echo(line)
    echo(
        f"{counts[bulk.UPGRADED]} upgraded, {counts[bulk.CURRENT]} already current, "
        f"{counts[bulk.FAILED]} failed"
    )
    return 1 if counts[bulk.FAILED] or counts["dropped"] else 0
