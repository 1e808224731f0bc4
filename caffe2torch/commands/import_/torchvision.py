"""Import a data set of torchvision."""

from __future__ import annotations

from pathlib import Path

import click

from caffe2torch.commands.import_._write import FORCE, write_records
from caffe2torch.terminal import aside, echo

EXAMPLE = "c2t import torchvision MNIST downloads mnist_lmdb"


@click.command()
@click.argument("name")
@click.argument("root", type=click.Path(path_type=Path))
@click.argument("db", type=click.Path(path_type=Path))
@click.option("--split", default="train", show_default=True, help="train, test, val, ...")
@click.option("--download", is_flag=True, help="Let torchvision fetch it into ROOT.")
@click.option("--shuffle", is_flag=True, help="Store the records in random order.")
@click.option("--seed", default=1, show_default=True, help="Seed of --shuffle.")
@click.option("--limit", type=click.IntRange(min=1), help="Store only so many records.")
@FORCE
def command(
    name: str, root: Path, db: Path, split: str, download: bool, shuffle: bool, seed: int,
    limit: int | None, force: bool,
) -> None:  # fmt: skip
    """Write torchvision's data set NAME, such as CIFAR10 or Flowers102, from ROOT to the LMDB DB.

    Colours come in Caffe's blue, green, red order.
    """
    from caffe2torch.data.importers import arrays, database

    dataset, classes = arrays.torchvision_images(name, root, split, download)
    order = database.order(len(dataset), shuffle=shuffle, seed=seed, limit=limit)
    pairs = (dataset[i] for i in order)
    records = (
        (b"%08d" % number, arrays.datum(arrays.planes(image), int(label)).SerializeToString())
        for number, (image, label) in enumerate(pairs)
    )
    echo(write_records(db, records, len(order), force))
    if classes:
        echo(f"{len(classes)} classes: {', '.join(map(str, classes[:5]))}, ...")
    aside(f"next:  c2t mean {db} -o mean.binaryproto")
