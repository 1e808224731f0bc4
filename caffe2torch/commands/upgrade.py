"""Rewrite a net or solver of an older Caffe version in the present format."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from caffe2torch.errors import DataError

if TYPE_CHECKING:
    from caffe2torch.upgrade import Net, Solver

GROUP = "convert"


@click.command()
@click.argument("kind", type=click.Choice(["net", "solver"]))
@click.argument("old", metavar="IN", type=click.Path(path_type=Path))
@click.argument("new", metavar="OUT", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace OUT if it exists.")
def command(kind: str, old: Path, new: Path, force: bool) -> int:
    """Write the net or solver IN to OUT as Caffe 1.0 has it.

    Text stays text and binary stays binary. A file in the present format already is copied.
    Exits with 1 if old fields have no place in the present format; OUT is written without them.
    """
    from caffe2torch import upgrade

    if new.exists() and not force:
        raise DataError(f"{new} exists already", hint="name another file, or use --force")
    read = upgrade.read_net(old) if kind == "net" else upgrade.read_solver(old)
    _write(read, new)
    problems = getattr(read, "problems", [])
    for problem in problems:
        click.echo(f"dropped: {problem}", err=True)
    done = "upgraded" if read.notes else "in the present format already"
    click.echo(f"{new}: {kind}, {done}")
    return 1 if problems else 0


def _write(read: Net | Solver, path: Path) -> None:
    from caffe2torch import schema
    from caffe2torch.atomic import replacing

    if read.document is None:
        schema.write_binary(read.message, path)
    elif read.notes:
        schema.write_text(read.message, path)
    else:
        # Nothing to change: the comments and the layout stay.
        with replacing(path) as aside:
            aside.write_text(read.document.text, encoding="utf-8", errors="surrogateescape")
