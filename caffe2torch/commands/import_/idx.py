"""Import idx files, as MNIST and Fashion-MNIST have them, into an LMDB."""

from __future__ import annotations

from pathlib import Path

import click

from caffe2torch.errors import DataError
from caffe2torch.terminal import aside, echo

EXAMPLE = "c2t import idx images.gz labels.gz train_lmdb"


@click.command()
@click.argument("images", type=click.Path(path_type=Path))
@click.argument("labels", type=click.Path(path_type=Path))
@click.argument("lmdb", type=click.Path(path_type=Path))
@click.option("--shuffle", is_flag=True, help="Store the records in random order.")
@click.option("--seed", default=1, show_default=True, help="Seed of --shuffle.")
@click.option("--limit", type=click.IntRange(min=1), help="Store only so many records.")
@click.option("--force", is_flag=True, help="Replace LMDB if it exists.")
def command(
    images: Path, labels: Path, lmdb: Path, shuffle: bool, seed: int, limit: int | None, force: bool
) -> None:
    """Write the IMAGES and LABELS of two idx files, plain or .gz, into the new folder LMDB.

    Pixels stay 0..255 and keys are 00000000, 00000001, ..., as Caffe's own converter writes
    them. Data layers read in this order and never shuffle: files sorted by class need --shuffle.
    """
    from caffe2torch.data.importers import database, idx

    pixels = idx.read_images(images)
    classes = idx.read_labels(labels)
    if len(pixels) != len(classes):
        raise DataError(
            f"{images} holds {len(pixels):,} images, but {labels} {len(classes):,} labels",
            hint="give the two files of one set",
        )
    taken = database.order(len(classes), shuffle=shuffle, seed=seed, limit=limit)
    count = database.write_images(lmdb, pixels, classes, taken, force=force)
    shape = "x".join(str(n) for n in pixels.shape[1:])
    low, high = min(classes), max(classes)
    echo(f"{lmdb}: {count:,} records of {shape}, labels {low}..{high}")
    aside(f"next:  c2t mean {lmdb} -o mean.binaryproto")
