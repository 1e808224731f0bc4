"""Import Pascal VOC's images with their boxes, as records for SSD."""

from __future__ import annotations

from pathlib import Path

import click

from caffe2torch.commands._kinds import a_folder
from caffe2torch.commands._options import SKIP
from caffe2torch.commands.import_._write import FORCE, write_boxes

EXAMPLE = "c2t import voc VOC2007 trainval voc_lmdb"


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), callback=a_folder)
@click.argument("subset", type=str)
@click.argument("db", type=click.Path(path_type=Path))
@SKIP
@FORCE
def command(folder: Path, subset: str, db: Path, skip: int, force: bool) -> None:
    """Write the pictures of one set of a VOC folder to the new LMDB DB.

    FOLDER is such as VOCdevkit/VOC2007; SUBSET is trainval, test, ... labelmap.prototxt beside DB
    names the labels; 0 is the background.
    """
    from caffe2torch.data.importers import boxes

    pictures, names = boxes.read_voc(folder, subset)
    write_boxes(db, pictures, names, skip, force)
