"""Write the handwritten digits that ship with the package as databases."""

from __future__ import annotations

from pathlib import Path

import click

from caffe2torch.terminal import aside, echo

EXAMPLE = "c2t import digits demo --size 32"


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--size", default=8, show_default=True, help="Height and width: a multiple of 8.")
@click.option("--force", is_flag=True, help="Replace the files if they exist.")
def command(folder: Path, size: int, force: bool) -> None:
    """Write digits_train_lmdb, digits_test_lmdb and mean.binaryproto to FOLDER.

    1,437 real images to train on and 360 to test; larger sizes repeat each pixel.
    """
    from caffe2torch.data.datasets import digits

    digits.write_databases(folder, size=size, force=force)
    echo(f"{folder}: 1,437 digits of {size}x{size} to train on, 360 to test, their mean")
    aside(f"next:  c2t check {folder}/digits_train_lmdb")
