"""Import the images and labels of an .npz file of arrays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from caffe2torch.commands.import_._write import array_options, write_arrays

EXAMPLE = "c2t import npz arrays.npz train_lmdb"


@click.command()
@array_options
def command(file: Path, db: Path, data: str, label: str, **how: Any) -> None:
    """Write the arrays of images and labels in FILE to the new LMDB DB.

    Images are (N, C, H, W) or (N, H, W); nhwc turns (N, H, W, C) into it, red, green, blue into
    Caffe's blue, green, red. Bytes are stored as bytes, all else as float_data.
    """
    from caffe2torch.data.importers import arrays

    write_arrays(db, arrays.read_npz(file, data, label), **how)
