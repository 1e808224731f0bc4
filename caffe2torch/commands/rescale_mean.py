"""Write a mean file in another unit, and check it against a database."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from caffe2torch import inputs
from caffe2torch.commands._kinds import a_folder, of_kind
from caffe2torch.errors import DataError
from caffe2torch.terminal import echo

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from caffe2torch.data.mean import Comparison

GROUP = "data"
EXAMPLE = "c2t rescale-mean mean.binaryproto --to-values"

ORDER = """\
Caffe computes (pixel - mean) * scale: it subtracts first. So the mean is in the unit of the
stored pixels, whatever scale is: 0..255 for raw pixels. A mean divided by 255 is right only
when the stored pixels were divided by 255 too."""


@click.command(epilog=ORDER)
@click.argument("mean", type=click.Path(path_type=Path), callback=of_kind("blob"))
@click.option("--scale", type=float, help="Multiply the values by this.")
@click.option("--to-unit", type=click.Choice(["255", "1"]), help="Turn 0..1 into 0..255, or back.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Default: MEAN itself.")
@click.option("--force", is_flag=True, help="Replace the output if it exists.")
@click.option("--to-values", is_flag=True, help="Print mean_value lines for transform_param.")
@click.option(
    "--check", metavar="LMDB", callback=a_folder, help="Compare with the database's own mean."
)
def command(
    mean: Path,
    scale: float | None,
    to_unit: str | None,
    output: Path | None,
    force: bool,
    to_values: bool,
    check: str | None,
) -> int:
    """Write MEAN, a .binaryproto or .npy file, in another unit.

    Shows the range and the mean of each channel before and after. Exits with 1 if --check finds
    that the result is not the mean of the database.
    """
    from caffe2torch.data.mean import factor_to, load_mean

    if scale is not None and to_unit:
        raise click.UsageError("--scale and --to-unit exclude each other")
    if scale is not None and not (scale and math.isfinite(scale)):
        raise click.BadParameter(f"{scale} is no factor", param_hint="--scale")
    if str(mean) == inputs.STDIN and not (output or to_values):
        raise click.UsageError("a mean from standard input is written where -o says")
    theirs = _of_database(check) if check else None  # what cannot be read leaves nothing written
    before = load_mean(mean)
    factor = factor_to(before, int(to_unit)) if to_unit else 1.0 if scale is None else scale
    after = (before * factor).astype(before.dtype)
    # With --to-values standard output is for the lines to be pasted, and nothing else.
    _describe(mean, before, after, factor, err=to_values)
    if output or (factor != 1 and not to_values):
        _write(output or mean, after, force=force, err=to_values)
    if to_values:
        for value in after.mean(axis=(1, 2)):
            echo(f"mean_value: {value:.6g}")
    return _check(after, theirs, err=to_values) if theirs else 0


def _describe(
    path: Path,
    before: NDArray[np.float32],
    after: NDArray[np.float32],
    factor: float,
    err: bool,
) -> None:
    from caffe2torch.data.mean import unit_of

    echo(f"{path}: {'x'.join(map(str, before.shape))}", err=err)
    for name, mean in ("before", before), ("after", after):
        channels = ", ".join(f"{value:.6g}" for value in mean.mean(axis=(1, 2)))
        guess = {255: "as of pixels 0..255", 1: "as of pixels 0..1", None: "of no usual unit"}
        extent = f"{mean.min():.6g} .. {mean.max():.6g}"
        echo(f"  {name:6}  {extent}, {guess[unit_of(mean)]}; channels {channels}", err=err)
        if factor == 1:
            return
    echo(ORDER, err=err)


def _write(path: Path, mean: NDArray[np.float32], force: bool, err: bool) -> None:
    from caffe2torch.data.mean import save_mean

    if path.exists() and not force:
        raise DataError(f"{path} exists already", hint="name another file with -o, or use --force")
    save_mean(path, mean)
    echo(f"wrote {path}", err=err)


class _Theirs(NamedTuple):
    """The mean of a database, and the number of its records."""

    database: str
    mean: NDArray[np.float32]
    records: int


def _of_database(database: str) -> _Theirs:
    from caffe2torch.data.mean import database_mean

    return _Theirs(database, *database_mean(database, _progress))


def _check(mean: NDArray[np.float32], theirs: _Theirs, err: bool) -> int:
    from caffe2torch.data.mean import compare

    result = compare(mean, theirs.mean)
    channels = ", ".join(f"{value:.6g}" for value in theirs.mean.mean(axis=(1, 2)))
    echo(f"{theirs.database}: {theirs.records:,} records; channels {channels}", err=err)
    echo(_verdict(result), err=err)
    return 0 if result.close else 1


def _progress(message: str) -> None:
    """Pass on a sign of life every 10,000 records, and nothing else."""
    if message.endswith("0000 files."):
        echo(message, err=True)


def _verdict(result: Comparison) -> str:
    """Say in one line how the mean and the database's own differ, and what to do."""
    off = f"{result.difference:.4g} of {result.span} on average"
    if result.close:
        return f"the mean fits the database (off by {off})"
    if 0 < result.factor < 1 / 100:
        cure = "use --to-unit 255" if result.span == 255 else "it is in no unit of the database"
        return f"the mean is 1/{1 / result.factor:.4g} of the database's → {cure}"
    if result.factor > 100:
        return f"the mean is {result.factor:.4g} times the database's → use --to-unit 1"
    if result.reversed < result.difference / 2:
        return f"the mean is off by {off}, reversed by {result.reversed:.4g} → its channels are RGB"
    return f"the mean is off by {off} → it was made from other images; compute it from these"
