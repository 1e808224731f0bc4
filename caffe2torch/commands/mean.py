"""Compute the mean image of a database, as compute_image_mean does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from caffe2torch.commands._gflags import GflagsCommand
from caffe2torch.commands._kinds import of_kind
from caffe2torch.commands._options import SKIP
from caffe2torch.commands._progress import progress
from caffe2torch.commands._results import FORCE, JSON, claim, print_json
from caffe2torch.terminal import aside, echo

if TYPE_CHECKING:
    from caffe2torch.data.census import Census

GROUP = "data"
EXAMPLE = "c2t mean train_lmdb mean.binaryproto"


@click.command(cls=GflagsCommand)
@click.argument("db", callback=of_kind("database", "file_list"))
@click.argument("output", required=False, type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", "--out", "out", type=click.Path(path_type=Path),
    help="Where the mean image goes.",
)  # fmt: skip
@SKIP
@FORCE
@JSON
@click.option("--backend", default="", hidden=True, help="As compute_image_mean has it.")
def command(
    db: str, output: Path | None, out: Path | None, backend: str, skip: int, force: bool,
    as_json: bool,
) -> int:  # fmt: skip
    """Write the mean image of DB to OUTPUT, a .binaryproto or .npy; print the channels' means.

    The image is summed in float32, as Caffe sums it; means and deviations of the channels, over
    records of any size, in float64.
    """
    from caffe2torch.data import mean as means
    from caffe2torch.data.census import open_any, take_census
    from caffe2torch.data.skips import Skips

    target, skips = out or output, Skips(skip)
    if target:
        claim(target, force, "blob")
    source = open_any(db)
    try:
        with progress(f"reading {db}", len(source)) as done:
            image = means.compute_mean(source, skips=skips) if target else None
            census = take_census(source, done)
    finally:
        source.close()
    faults = census.faults if not target else []
    for key, fault in faults:
        echo(f'record "{key}": {fault}', err=True)
    if as_json:
        print_json({count: {"mean": channels.mean.tolist(), "std": channels.std.tolist()}
                    for count, channels in sorted(census.channels.items())})  # fmt: skip
    else:
        echo("\n".join(_lines(census)))
    if target and image is not None:
        means.save_mean(target, image)
        shape = "x".join(map(str, image.shape))
        echo(f"{target}: mean {shape} of {census.count - len(skips.names):,} records", err=as_json)
        aside(f'next:  transform_param {{ mean_file: "{target}" }}')
    return 1 if len(faults) > skip else 0


def _lines(census: Census) -> Iterator[str]:
    """Means and deviations as prototxt and torchvision write them."""
    for count, channels in sorted(census.channels.items()):
        if len(census.channels) > 1:
            yield f"records of {count} channels:"
        for value in channels.mean:
            yield f"mean_value: {value:.6g}"
        of = 255 if channels.high.max() > 1 else 1
        pair = ", ".join(
            "[" + ", ".join(f"{value / of:.5f}" for value in side) + "]"
            for side in (channels.mean, channels.std)
        )
        yield f"std: {', '.join(f'{value:.6g}' for value in channels.std)}"
        yield f"torchvision.transforms.Normalize({pair})  # channels as stored"
