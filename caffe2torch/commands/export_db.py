"""Write the records of a database as image files, with a list of them."""

from __future__ import annotations

from pathlib import Path

import click

from caffe2torch.commands._kinds import of_kind
from caffe2torch.commands._options import SKIP
from caffe2torch.commands._progress import progress
from caffe2torch.errors import plural
from caffe2torch.terminal import aside, echo

GROUP = "data"
EXAMPLE = "c2t export-db train_lmdb pictures"


@click.command()
@click.argument("db", callback=of_kind("database", "file_list"))
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--labels", type=click.Path(path_type=Path), help="labels.txt: names of the classes.")
@SKIP
@click.option("--force", is_flag=True, help="Replace FOLDER if it exists.")
def command(db: str, folder: Path, labels: Path | None, skip: int, force: bool) -> None:
    """Write each record of DB to FOLDER/LABEL/KEY.png, and FOLDER/list.txt.

    Raw pixels become PNG, which keeps them; encoded images stay as they are, floats become .npy.
    Images with boxes (AnnotatedDatum) go to FOLDER/images, their boxes to annotations.json.
    """
    from caffe2torch.data.census import open_any
    from caffe2torch.data.class_names import read_class_names
    from caffe2torch.data.importers.copies import ANNOTATIONS, export
    from caffe2torch.data.skips import Skips

    names = read_class_names(labels) if labels else []
    source = open_any(db)
    try:
        with progress(f"writing {folder.name}", len(source)) as done:
            count = export(source, folder, names, force=force, progress=done, skips=Skips(skip))
    finally:
        source.close()
    echo(f"{folder}: {plural(count, 'file')} and list.txt")
    if (folder / ANNOTATIONS).is_file():
        aside(f"next:  c2t import coco {folder}/{ANNOTATIONS} {folder}/ NEW_DB")
        return
    aside(f"next:  c2t import images {folder}/ {folder}/list.txt NEW_DB")
