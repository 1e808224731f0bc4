"""Write a complete Caffe folder, with real data, to try things on."""

from __future__ import annotations

from pathlib import Path

import click

GROUP = "train"


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--force", is_flag=True, help="Replace the files if they exist.")
def command(folder: Path, force: bool) -> None:
    """Write 1,797 handwritten digits and a LeNet that learns them into FOLDER.

    The folder is what a Caffe user has: a train and a test LMDB, mean.binaryproto,
    train_val.prototxt, solver.prototxt and deploy.prototxt.
    """
    from caffe2torch.data.datasets import digits

    digits.write_folder(folder, force=force)
    solver = folder / "solver.prototxt"
    click.echo(f"{folder}: 1,437 digits to train on, 360 to test, a LeNet and its solver")
    click.echo(f"next:  c2t lint {solver}\n       c2t train {solver}")
