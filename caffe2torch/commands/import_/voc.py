"""Import Pascal VOC's images with their boxes, as records for SSD."""

from __future__ import annotations

from pathlib import Path

import click

from caffe2torch.commands._progress import progress
from caffe2torch.commands.import_._write import FORCE


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("subset", type=str)
@click.argument("db", type=click.Path(path_type=Path))
@FORCE
def command(folder: Path, subset: str, db: Path, force: bool) -> None:
    """Write the pictures of one set of a VOC folder to the new LMDB DB.

    FOLDER is such as VOCdevkit/VOC2007; SUBSET is trainval, test, ... labelmap.prototxt beside DB
    names the labels; 0 is the background.
    """
    from caffe2torch.atomic import replacing
    from caffe2torch.data.importers import boxes, database

    pictures, names = boxes.read_voc(folder, subset)
    with progress(f"writing {db.name}", len(pictures)) as done:
        records = boxes.records(pictures, done)
        count = database.write(db, records, force=force)
    labels = db.with_name("labelmap.prototxt")
    with replacing(labels) as aside:
        aside.write_text(boxes.label_map(names))
    objects = sum(len(picture.boxes) for picture in pictures)
    click.echo(f"{db}: {count:,} images, {objects:,} objects of {len(names)} classes")
    click.echo(f"{labels}: the names of the labels")
    click.echo("next:  name both in an AnnotatedData layer, and c2t lint it")
