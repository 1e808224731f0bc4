"""Show what a database holds: shapes, labels and their order, channels, duplicates."""

from __future__ import annotations

import json
from pathlib import Path

import click

from caffe2torch.commands._kinds import of_kind
from caffe2torch.commands._progress import progress
from caffe2torch.commands._results import FORCE, JSON, claim, output_option
from caffe2torch.terminal import echo

GROUP = "data"
EXAMPLE = "c2t stats train_lmdb"


@click.command()
@click.argument("db", callback=of_kind("database", "file_list"))
@JSON
@output_option("PNG of images and charts to write.", "--sheet")
@FORCE
def command(db: str, as_json: bool, output: Path | None, force: bool) -> None:
    """Read every record of DB and print what it holds."""
    from caffe2torch.data.census import open_any, take_census
    from caffe2torch.inspect import census as report

    if output:
        claim(output, force)
    source = open_any(db)
    try:
        with progress(f"reading {db}", len(source)) as done:
            census = take_census(source, done)
        if output:
            report.write_sheet(census, source, output)
    finally:
        source.close()
    if as_json:
        echo(json.dumps(report.as_dict(census), indent=2), verbatim=True)
    else:
        echo("\n".join(report.lines(census)))
    if output:
        echo(f"{output}: a sheet of its images and charts", err=as_json)
