"""Show what a database holds: shapes, labels and their order, channels, duplicates."""

from __future__ import annotations

import json
from pathlib import Path

import click

from caffe2torch.commands._kinds import of_kind
from caffe2torch.commands._progress import progress
from caffe2torch.terminal import echo

GROUP = "data"
EXAMPLE = "c2t stats train_lmdb"


@click.command()
@click.argument("db", callback=of_kind("database", "file_list"))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--sheet", type=click.Path(path_type=Path), help="Write a PNG of images and charts.")
def command(db: str, as_json: bool, sheet: Path | None) -> None:
    """Read every record of DB and print what it holds."""
    from caffe2torch.data.census import open_any, take_census
    from caffe2torch.inspect import census as report

    source = open_any(db)
    try:
        with progress(f"reading {db}", len(source)) as done:
            census = take_census(source, done)
        if sheet:
            report.write_sheet(census, source, sheet)
    finally:
        source.close()
    if as_json:
        echo(json.dumps(report.as_dict(census), indent=2))
    else:
        echo("\n".join(report.lines(census)))
    if sheet:
        echo(f"{sheet}: a sheet of its images and charts")
