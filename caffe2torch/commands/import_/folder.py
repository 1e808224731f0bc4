"""Store a folder of images with a sub-folder a class, as databases to train and validate on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from caffe2torch.commands._kinds import a_folder
from caffe2torch.commands._progress import progress
from caffe2torch.commands.import_._write import FORCE, SKIP, size_options
from caffe2torch.terminal import aside, echo


def _share(_context: Any, _param: Any, value: str) -> float:
    try:
        share = float(value.rstrip("%")) / (100 if value.endswith("%") else 1)
    except ValueError:
        share = -1.0
    if not 0 <= share < 1:
        raise click.BadParameter(f"{value!r} is no share, such as 10% or 0.1")
    return share


EXAMPLE = "c2t import folder photos photos_lmdb --val 10%"


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), callback=a_folder)
@click.argument("db", type=click.Path(path_type=Path))
@click.option("--val", default="0%", callback=_share, help="Share of each class to validate with.")
@click.option(
    "--size",
    type=click.IntRange(0),
    default=0,
    help="Height and width to resize to [256 if they differ].",
)
@size_options
@click.option("--seed", default=1, show_default=True, help="Seed of the order and the split.")
@SKIP
@FORCE
def command(
    folder: Path, db: Path, val: float, size: int, skip: int | None, force: bool, **flags: Any
) -> int:
    """Write the images below FOLDER, one sub-folder a class, to the new LMDB DB, shuffled.

    With --val also DB_val, or for a train_lmdb val_lmdb, an equal share of each class. labels.txt
    beside DB names the class of each label, in the order of the sub-folders' names.
    """
    from caffe2torch.data.importers.classes import import_folder
    from caffe2torch.data.importers.images import Options

    if size:
        flags |= {"resize_height": size, "resize_width": size}
    options = Options(**flags)
    with progress(f"writing {db.name}") as done:
        imported = import_folder(folder, db, val, options, force=force, progress=done, most=skip)
    for message in imported.skipped:
        echo(message, err=True)
    for line in imported.lines:
        echo(line)
    aside(f"next:  c2t mean {imported.train} -o mean.binaryproto")
    return 1 if imported.skipped and skip is None else 0
