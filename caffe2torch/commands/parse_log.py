"""Read Caffe's training logs, old ones and ours, into CSV, and say what they show."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from caffe2torch.commands._kinds import a_log
from caffe2torch.commands._results import FORCE, JSON, claim, print_json
from caffe2torch.terminal import echo

if TYPE_CHECKING:
    from caffe2torch.report.caffe_log import Log
    from caffe2torch.report.record import Record

GROUP = "look"
EXAMPLE = "c2t parse-log caffe.log -o curves"


@click.command()
@click.argument("logs", nargs=-1, required=True, type=click.Path(path_type=Path), callback=a_log)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Folder for CSV files.")
@click.option(
    "--report", type=click.Path(path_type=Path, dir_okay=False),
    help="HTML file that shows all logs, overlaid.",
)  # fmt: skip
@FORCE
@JSON
def command(
    logs: tuple[Path, ...], output: Path | None, report: Path | None, force: bool, as_json: bool
) -> int:
    """Read each of LOGS; print a summary, or with -o write LOG.csv into a folder.

    The rows are iterations: loss, lr, iter_per_second, "train NAME" and "test0 NAME" for each
    output. Logs of BVLC's Caffe of all years, of NVCaffe, of Intel's and of `c2t train` are read.

    Exit code 0: read; 1: a log shows a run that did not learn; 2: no log of Caffe.
    """
    from caffe2torch.report.page import write
    from caffe2torch.report.reading import names as names_of
    from caffe2torch.report.reading import of_log, open_log

    opened = [open_log(path) for path in logs]
    names = names_of(logs)
    targets = [output / _stem(name) for name in names] if output else []
    for target in [*targets, *([report] if report else [])]:
        claim(target, force)
    records = [of_log(log, name) for log, name in zip(opened, names, strict=True)]
    if as_json:
        facts = zip(logs, opened, records, strict=True)
        print_json([_facts(*one) for one in facts])
    else:
        for path, log, record in zip(logs, opened, records, strict=True):
            echo("\n".join(_lines(path, log, record)))
    for target, log in zip(targets, opened, strict=False):
        _write(log, target)
        echo(f"{target}", err=as_json)
    if report is not None:
        write(records, report)
        echo(f"{report}", err=as_json)
    return int(any(record.findings for record in records))


def _lines(path: Path, log: Log, record: Record) -> Iterator[str]:
    """What a log shows: its span, its tests, what went wrong."""
    yield f"{path}: {len(list(log.rows()))} iterations shown, {_span(log.losses)}"
    for (net, blob), scores in log.tests.items():
        last = list(scores.values())[-1]
        yield f"  test #{net} {blob}: last {last:g}, largest {max(scores.values()):g}"
    for finding in record.findings:
        yield f"  {finding.code}[{finding.name}] {finding.evidence}"
    for text in record.notes:
        yield f"  {text}"


def _facts(path: Path, log: Log, record: Record) -> dict[str, Any]:
    """The same in JSON's types."""
    return {
        "file": str(path),
        "rows": list(log.rows()),
        "findings": [
            {"code": f.code, "name": f.name, "evidence": f.evidence} for f in record.findings
        ],
        "notes": list(record.notes),
    }


def _span(losses: dict[int, float]) -> str:
    if not losses:
        return "no losses"
    first, last = min(losses), max(losses)
    return f"loss {losses[first]:g} at {first}, {losses[last]:g} at {last}"


def _stem(name: str) -> str:
    """The file of a log's table."""
    return Path(name).with_suffix(".csv").as_posix().replace("/", "-")


def _write(log: Log, target: Path) -> None:
    """Write the table of a log beside those of the others."""
    from caffe2torch.atomic import folders_above, replacing

    text = io.StringIO()
    writer = csv.DictWriter(text, ["iteration", *log.columns()], lineterminator="\n")
    writer.writeheader()
    writer.writerows(log.rows())
    with folders_above(target), replacing(target) as new:
        new.write_text(text.getvalue(), encoding="utf-8")
