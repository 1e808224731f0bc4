"""Reads what a report shows: the folder of a run, or a log of Caffe.

The curves of a folder are those of metrics.csv; where that is missing, those of train.log.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from caffe2torch import inputs
from caffe2torch.errors import DataError
from caffe2torch.health import events
from caffe2torch.health.observation import Observation
from caffe2torch.report.caffe_log import Log, read_log
from caffe2torch.report.filters import filters
from caffe2torch.report.log_findings import observe, restarts
from caffe2torch.report.measured import heat_maps
from caffe2torch.report.record import Picture, Record
from caffe2torch.train import table
from caffe2torch.train.run_folder import ABOUT, EVENTS, INPUTS, LINT, LINT_HEAD

LOG, METRICS = "train.log", "metrics.csv"


def read_all(paths: Sequence[Path]) -> list[Record]:
    """Read runs; names are as short as they can be while they differ.

    Raises: DataError for what is neither a folder of a run nor a log; OSError
    """
    records = [read(path) for path in paths]
    for record, name in zip(records, names(paths), strict=True):
        record.name = name
    return records


def read(path: Path) -> Record:
    """Read one run. Raises: DataError, OSError."""
    return read_folder(path) if path.is_dir() else read_file(path)


def open_log(path: Path) -> Log:
    """Read a log of Caffe. Raises: DataError if it shows no training; OSError."""
    with io.TextIOWrapper(inputs.opened(path), "utf-8", "replace") as file:
        log = read_log(file)
    if not log.losses and not log.tests:
        raise DataError(
            f"{path} is no training log of Caffe", hint="it has no line `Iteration N, loss = `"
        )
    return log


def read_file(path: Path) -> Record:
    """Read a log of Caffe, of one of its forks or of `c2t train`. Raises: DataError, OSError."""
    return of_log(open_log(path), path.name)


def of_log(log: Log, name: str) -> Record:
    """Return what a log tells of its run."""
    curves = {column: sorted(values.items()) for column, values in log.columns().items()}
    notes = [text for text in [restarts(log)] if text]
    seen = list(observe(log))
    return Record(name, curves, seen, notes, max_iter=log.max_iter, end=log.end)


def read_folder(folder: Path, pictures: bool = True) -> Record:
    """Read the folder of a run.

    pictures: inputs and filters, too; the weights are read for these

    Raises: DataError if nothing of a run is in it; OSError.
    """
    paths = [folder / METRICS, folder / LOG]
    if not any(path.is_file() for path in paths):
        raise DataError(
            f"{folder} is no run folder: it has neither {METRICS} nor {LOG}",
            hint="c2t train names the folder at its end; it is PREFIX_run or --run-dir",
        )
    log = Log()
    if (folder / LOG).is_file():
        with io.TextIOWrapper(inputs.opened(folder / LOG), "utf-8", "replace") as file:
            log = read_log(file)
    record = of_log(log, folder.name)
    record.curves = table.curves_of(table.read(folder / METRICS)) or record.curves
    happened = list(events.read(folder / EVENTS)) if (folder / EVENTS).is_file() else []
    if happened:
        record.findings = [_observation(event) for event in happened if _is(event, "finding")]
        record.notes += [_judged(event) for event in happened if _is(event, *JUDGED)]
        record.maps = heat_maps(event for event in happened if _is(event, "measurement"))
    record.lint = _text(folder / LINT).removeprefix(LINT_HEAD).lstrip("\n")
    record.facts = _facts(folder / ABOUT)
    if pictures:
        record.pictures = [*_inputs(folder), *filters(folder, log.snapshots)]
    return record


JUDGED = ("confirmed", "refuted")


def _is(event: dict[str, Any], *kinds: str) -> bool:
    return event.get("event") in kinds


def _observation(event: dict[str, Any]) -> Observation:
    texts = {key: str(event.get(key, "")) for key in ("code", "name", "evidence", "advice")}
    layer, fatal = str(event.get("layer", "")), bool(event.get("fatal"))
    return Observation(iteration=event["iteration"], layer=layer, fatal=fatal, **texts)


def _judged(event: dict[str, Any]) -> str:
    """Say what came of a prediction of the lint."""
    text = f"predicted: {event.get('prediction', '')}"
    if _is(event, "confirmed"):
        return f"{text}. Confirmed: {event.get('observation', '')}. Fix: {event.get('fix', '')}"
    return f"{text}. Refuted at iteration {event['iteration']}: the net learns all the same"


def _text(path: Path) -> str:
    return inputs.read_text(path, "replace").rstrip() if path.is_file() else ""


def _facts(path: Path) -> dict[str, str]:
    """Read run.json; a file that was cut off or is another's gives nothing."""
    try:
        values = inputs.parse_json(_text(path) or "{}")
    except ValueError:
        return {}
    return {key: str(value) for key, value in values.items()} if isinstance(values, dict) else {}


def _inputs(folder: Path) -> list[Picture]:
    path = folder / INPUTS
    if not path.is_file():
        return []
    text = "Images of one batch as the net got them, after the transformation, with their labels."
    return [Picture("Input samples", text, inputs.read(path))]


def names(paths: Sequence[Path]) -> list[str]:
    """Return the last parts of the paths, as many as tell them apart."""
    parts = [path.resolve().parts for path in paths]
    longest = max(map(len, parts), default=1)
    for count in range(1, longest + 1):
        names = ["/".join(part[-count:]) for part in parts]
        if len(set(names)) == len(names):
            break
    return names
