"""What the import commands share: write a database, show progress, say what it holds."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from caffe2torch.commands._progress import progress


def write_records(
    path: Path, records: Iterable[tuple[bytes, bytes]], total: int | None, force: bool
) -> str:
    """Write Datum records to a new LMDB; return what it holds in one line."""
    from caffe2torch.data.importers import database
    from caffe2torch.data.importers.tally import Tally

    tally = Tally()
    with progress(f"writing {path.name}", total) as done:
        database.write(path, tally.watch(records, done), force=force)
    return f"{path}: {tally.text()}"


def size_options(command: Any) -> Any:
    """Give a command the flags of convert_imageset that say how an image is stored."""
    for option in reversed(
        (
            click.option("--gray", is_flag=True, help="Store one channel."),
            click.option("--resize-height", default=0, help="Height to resize to; 0 keeps it."),
            click.option("--resize-width", default=0, help="Width to resize to; 0 keeps it."),
            click.option("--encoded", is_flag=True, help="Store image files, not pixels."),
            click.option("--encode-type", default="", help="png, jpg, ...: encode as this."),
        )
    ):
        command = option(command)
    return command


FORCE = click.option("--force", is_flag=True, help="Replace what exists.")
