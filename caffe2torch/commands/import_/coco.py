"""Import COCO's images with their boxes, as records for SSD."""

from __future__ import annotations

from pathlib import Path

import click

from caffe2torch.commands._options import SKIP
from caffe2torch.commands.import_._write import FORCE, write_boxes

EXAMPLE = "c2t import coco instances.json photos coco_lmdb"


@click.command()
@click.argument("annotations", type=click.Path(path_type=Path))
@click.argument("images", type=click.Path(path_type=Path))
@click.argument("db", type=click.Path(path_type=Path))
@SKIP
@FORCE
def command(annotations: Path, images: Path, db: Path, skip: int, force: bool) -> None:
    """Write the pictures of ANNOTATIONS, a file such as instances_train.json, to the new LMDB DB.

    IMAGES is the folder of their files. labelmap.prototxt beside DB names the labels; 0 is the
    background. Crowds are left out.
    """
    from caffe2torch.data.importers import boxes

    pictures, names = boxes.read_coco(annotations, images)
    write_boxes(db, pictures, names, skip, force)
