"""What the import commands share: write a database, show progress, say what it holds."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from caffe2torch.commands._progress import progress
from caffe2torch.errors import DataError, plural
from caffe2torch.terminal import aside, echo

if TYPE_CHECKING:
    from caffe2torch.data.importers.boxes import Picture

SKIP = click.option(
    "--skip-bad-records", "skip", type=click.IntRange(0),
    help="Images that may be left out, naming each [any number].",
)  # fmt: skip
FORCE = click.option("--force", is_flag=True, help="Replace what exists.")


def write_records(
    path: Path,
    records: Iterable[tuple[bytes, bytes]],
    total: int | None,
    force: bool,
    together: ExitStack | None = None,
) -> str:
    """Write Datum records to a new LMDB; return what it holds in one line.

    together: at its end the database appears, with others; at once if there is none
    """
    from caffe2torch.data.importers import database
    from caffe2torch.data.importers.tally import Tally

    tally = Tally()
    with ExitStack() as alone, progress(f"writing {path.name}", total) as done:
        fill = (together or alone).enter_context(database.writing(path, force=force))
        fill(tally.watch(records, done))
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


def array_options(command: Any) -> Any:
    """Give a command the arguments and options of a file of arrays."""
    for option in reversed(
        (
            click.argument("file", type=click.Path(path_type=Path)),
            click.argument("db", type=click.Path(path_type=Path)),
            click.option(
                "--data", default="", help="Name of the images [the only array of 3 or 4 axes]."
            ),
            click.option(
                "--label", default="", help="Name of the labels [the first array of one axis]."
            ),
            click.option(
                "--layout",
                type=click.Choice(["nchw", "nhwc"]),
                default="nchw",
                show_default=True,
                help="Order of the images' axes.",
            ),
            click.option("--shuffle", is_flag=True, help="Store the records in random order."),
            click.option("--seed", default=1, show_default=True, help="Seed of --shuffle."),
            FORCE,
        )
    ):
        command = option(command)
    return command


def write_arrays(
    db: Path, arrays: tuple[Any, Any], layout: str, shuffle: bool, seed: int, force: bool
) -> None:
    """Write images and labels, as a file of arrays holds them, to a new LMDB."""
    from caffe2torch.data.importers import arrays as stacked
    from caffe2torch.data.importers import database

    images, labels = stacked.from_layout(arrays[0], layout), arrays[1]
    order = database.order(len(images), shuffle=shuffle, seed=seed, limit=None)
    records = stacked.records((images[i] for i in order), (labels[i] for i in order))
    echo(write_records(db, records, len(order), force))
    aside(f"next:  c2t mean {db} -o mean.binaryproto")


def write_boxes(
    db: Path, pictures: list[Picture], names: list[str], skip: int, force: bool
) -> None:
    """Write pictures with boxes to a new LMDB, and the names of the labels beside it."""
    from caffe2torch.atomic import replacing
    from caffe2torch.data.importers import boxes, database
    from caffe2torch.data.skips import Skips

    labels = db.with_name("labelmap.prototxt")
    if labels.exists() and not force:
        raise DataError(f"{labels} exists already", hint="name another folder, or use --force")
    with database.writing(db, force=force) as fill:
        with progress(f"writing {db.name}", len(pictures)) as done:
            count = fill(boxes.records(pictures, done, Skips(skip)))
        with replacing(labels) as new:
            new.write_text(boxes.label_map(names), encoding="utf-8")
    objects = sum(len(picture.boxes) for picture in pictures)
    echo(f"{db}: {plural(count, 'image')}, {plural(objects, 'object')} of {len(names)} classes")
    echo(f"{labels}: the names of the labels")
    aside("next:  name both in an AnnotatedData layer, and c2t lint it")
