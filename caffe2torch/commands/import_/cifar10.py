"""Import CIFAR-10, as its authors publish it, as Caffe's own converter does."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import click

from caffe2torch import inputs
from caffe2torch.commands.import_._write import FORCE, write_records
from caffe2torch.terminal import aside, echo

EXAMPLE = "c2t import cifar10 cifar-10-batches-bin cifar10"


@click.command()
@click.argument("source", type=click.Path(path_type=Path))
@click.argument("folder", type=click.Path(path_type=Path))
@FORCE
def command(source: Path, folder: Path, force: bool) -> None:
    """Write cifar10_train_lmdb and cifar10_test_lmdb to FOLDER.

    SOURCE is the folder of the batches, or the .tar.gz of the binary or the Python version.
    Channels stay in red, green, blue order, as Caffe's converter leaves them.
    """
    from caffe2torch.data.importers import cifar10

    if not source.is_dir():
        inputs.check(source)
    lines = []
    with ExitStack() as together:
        for name, train, total in (("train", True, 50_000), ("test", False, 10_000)):
            path, records = folder / f"cifar10_{name}_lmdb", cifar10.records(source, train)
            lines.append(write_records(path, records, total, force, together))
    for line in lines:
        echo(line)
    train_db = folder / "cifar10_train_lmdb"
    aside(f"next:  c2t mean {train_db} -o {folder / 'mean.binaryproto'}")
