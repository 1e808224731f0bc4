"""Check that every record of a database can be read and fits the others."""

from __future__ import annotations

import click

from caffe2torch.commands._kinds import of_kind
from caffe2torch.commands._progress import progress
from caffe2torch.commands._results import JSON, print_json
from caffe2torch.errors import plural
from caffe2torch.terminal import echo

GROUP = "check"
EXAMPLE = "c2t check train_lmdb"


@click.command()
@click.argument("db", callback=of_kind("database", "file_list"))
@click.option("--classes", type=click.IntRange(1), help="Labels must lie below this.")
@JSON
def command(db: str, classes: int | None, as_json: bool) -> int:
    """Read every record of DB: it must parse and decode, shapes must agree, labels be in range.

    Exit code 0: all is well; 1: records are at fault, named by their keys.
    """
    from caffe2torch.data.census import open_any, problems, take_census

    source = open_any(db)
    try:
        with progress(f"reading {db}", len(source)) as done:
            census = take_census(source, done, pixels=False)
    finally:
        source.close()
    lines = problems(census, classes)
    if as_json:
        known = sorted(census.labels)
        print_json({"file": db, "records": census.count, "labels": known, "faults": lines})
        return 1 if lines else 0
    for line in lines:
        echo(f'database "{db}": {line}')
    boxes = f", {plural(census.boxes, 'object')}" if census.annotated else ""
    labels = f"{min(census.labels)}..{max(census.labels)}" if census.labels else "none"
    verdict = "fine" if not lines else "at fault"
    echo(f"{db}: {census.count:,} records{boxes}, labels {labels}: {verdict}")
    return 1 if lines else 0
