"""Read Caffe's training logs, old ones and ours, into CSV, and say what they show."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import click

from caffe2torch import inputs
from caffe2torch.errors import DataError
from caffe2torch.terminal import echo

GROUP = "look"


@click.command()
@click.argument("logs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Folder for CSV files.")
def command(logs: tuple[Path, ...], output: Path | None) -> int:
    """Read each of LOGS; print a summary, or with -o write LOG.csv into a folder.

    The rows are iterations: loss, lr, iter_per_second, "train NAME" and "test0 NAME" for each
    output. Logs of BVLC's Caffe of all years, of NVCaffe, of Intel's and of `c2t train` are read.

    Exit code 0: read; 1: a log shows a run that did not learn; 2: no log of Caffe.
    """
    from caffe2torch.report.caffe_log import read_log, verdicts

    failed = False
    for path in logs:
        with io.TextIOWrapper(inputs.opened(path), "utf-8", "replace") as file:
            log = read_log(file)
        if not log.losses and not log.tests:
            raise DataError(
                f"{path} is no training log of Caffe", hint="it has no line `Iteration N, loss = `"
            )
        rows = list(log.rows())
        echo(f"{path}: {len(rows)} iterations shown, {_span(log.losses)}")
        for (net, name), scores in log.tests.items():
            best = max(scores.values())
            last = list(scores.values())[-1]
            echo(f"  test #{net} {name}: last {last:g}, largest {best:g}")
        for sentence in verdicts(log):
            failed = failed or sentence.startswith("C2T")
            echo(f"  {sentence}")
        if output is not None:
            echo(f"  {_written(path, output, rows)}")
    return int(failed)


def _span(losses: dict[int, float]) -> str:
    if not losses:
        return "no losses"
    first, last = min(losses), max(losses)
    return f"loss {losses[first]:g} at {first}, {losses[last]:g} at {last}"


def _written(path: Path, folder: Path, rows: list[dict[str, float]]) -> Path:
    """Write the table of a log beside those of the others."""
    from caffe2torch.atomic import replacing

    columns = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{path.stem}.csv"
    with replacing(target) as aside:
        aside.write_text(text.getvalue(), encoding="utf-8")
    return target
