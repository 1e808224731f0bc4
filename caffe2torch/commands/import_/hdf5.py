"""Import the images and labels of an HDF5 file of arrays."""

from __future__ import annotations

from pathlib import Path

import click

from caffe2torch.commands.import_._write import FORCE, write_records


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("db", type=click.Path(path_type=Path))
@click.option("--data", default="", help="Name of the images [the only array of 3 or 4 axes].")
@click.option("--label", default="", help="Name of the labels [the first array of one axis].")
@click.option("--layout", type=click.Choice(["nchw", "nhwc"]), default="nchw", show_default=True)
@click.option("--shuffle", is_flag=True, help="Store the records in random order.")
@click.option("--seed", default=1, show_default=True, help="Seed of --shuffle.")
@FORCE
def command(
    file: Path, db: Path, data: str, label: str, layout: str, shuffle: bool, seed: int, force: bool
) -> None:
    """Write the arrays of images and labels in FILE to the new LMDB DB.

    Images are (N, C, H, W) or (N, H, W); nhwc turns (N, H, W, C) into it, red, green, blue into
    Caffe's blue, green, red. Bytes are stored as bytes, all else as float_data.
    """
    from caffe2torch.data.importers import arrays, database

    images, labels = arrays.read_hdf5(file, data, label)
    images = arrays.from_layout(images, layout)
    order = database.order(len(images), shuffle=shuffle, seed=seed, limit=None)
    records = arrays.records((images[i] for i in order), (labels[i] for i in order))
    click.echo(write_records(db, records, len(order), force))
    click.echo(f"next:  c2t mean {db} -o mean.binaryproto")
