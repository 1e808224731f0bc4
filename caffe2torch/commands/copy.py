"""Copy a database: shuffled, resized, encoded, in part; to tar shards and back."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click

from caffe2torch.commands._kinds import of_kind
from caffe2torch.commands._options import SKIP
from caffe2torch.commands._progress import progress
from caffe2torch.terminal import aside, echo

GROUP = "data"
EXAMPLE = "c2t copy train_lmdb small_lmdb --shuffle"


def _size(_context: Any, _param: Any, value: str | None) -> tuple[int, int] | None:
    if value is None:
        return None
    height, _, width = value.partition("x")
    if not (height.isdecimal() and (width or height).isdecimal() and int(height)):
        raise click.BadParameter(f"{value!r} is no size, such as 256 or 256x320")
    from caffe2torch.data.importers.images import check_size

    sides = int(height), int(width or height)
    check_size(*sides)
    return sides


@click.command()
@click.argument("db", callback=of_kind("database", "file_list"))
@click.argument("copy")
@click.option("--shuffle", is_flag=True, help="Store the records in random order.")
@click.option("--seed", default=1, show_default=True, help="Seed of --shuffle.")
@click.option("--subset", type=click.IntRange(1), help="Only so many records.")
@click.option("--resize", "size", callback=_size, help="HEIGHTxWIDTH to resize to.")
@click.option("--encode", default="", help="jpg, png, ...: store image files; raw: pixels.")
@SKIP
@click.option(
    "--shard", type=click.IntRange(1), default=1000, show_default=True, help="Records a tar file."
)
@click.option("--force", is_flag=True, help="Replace COPY if it exists.")
def command(db: str, copy: str, shard: int, force: bool, **flags: Any) -> None:
    """Copy the records of DB to the new LMDB COPY.

    A COPY such as out/%06d.tar is a row of WebDataset's shards; a DB that ends in .tar, * allowed,
    is read from them. Keys of shards are numbered anew.
    """
    from caffe2torch.data.census import open_any
    from caffe2torch.data.importers.copies import Changes, copied

    changes = Changes(**flags)
    source = open_any(db)
    try:
        total = min(len(source), changes.subset or len(source))
        with progress(f"writing {Path(copy).name}", total) as done:
            records = copied(source, changes, lambda line: echo(line, err=True))
            summary = _written(copy, records, shard, force, done)
    finally:
        source.close()
    echo(summary)
    aside(f"next:  c2t check {copy}" if not copy.endswith(".tar") else _source(copy))


def _source(pattern: str) -> str:
    """What to do with shards."""
    every = re.sub(r"%\d*d", "*", pattern)
    return f'next:  name them in a Data layer: data_param {{ source: "{every}" }}'


def _written(copy: str, records: Any, shard: int, force: bool, done: Any) -> str:
    from caffe2torch.data.importers import database
    from caffe2torch.data.importers.shards import write_shards
    from caffe2torch.data.importers.tally import Tally

    tally = Tally()
    watched = tally.watch(records, done)
    if copy.endswith(".tar"):
        count = write_shards(copy, watched, shard, force=force)
        return f"{copy}: {tally.text()}, in {count} {'file' if count == 1 else 'files'}"
    database.write(Path(copy), watched, force=force)
    return f"{copy}: {tally.text()}"
