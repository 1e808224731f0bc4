"""The training records are sorted by class, and read in that order.

What it does: measures how long runs of equal labels are, in stretches all over the database or
list, and compares them with the batch. Only readers that do not shuffle are looked at.

Why: Caffe's Data layer reads in the order of the keys, and never shuffles. If a batch holds one
class only, each step teaches the net to answer that class whatever it sees, and the next run
undoes it.
Source: Caffe src/caffe/layers/data_layer.cpp, Next; tools/convert_imageset.cpp: --shuffle.

Measured on the digits (LeNet, 1,500 iterations, batch 64, test accuracy by length of the runs):

    base_lr      32    64   200   640  2000
    0.02             10.6        10.6            (16: 98.6)
    0.005      98.1  99.2  97.2  20.0  13.6
    0.001      98.3  97.5  97.2  85.6  50.3

So a warning from runs of a whole batch, an error from ten batches.

Bad::

    convert_imageset root/ list.txt train_lmdb               # list.txt sorted by class

Good::

    convert_imageset --shuffle root/ list.txt train_lmdb

Fix: shuffle: true for ImageData and HDF5Data. Unsafe: it changes training. A database has to be
written again.
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.config.source import SAMPLE, SourceUse
from caffe2torch.lint import data_layers
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding, Fix

SEVERITY = "warning"
RANK = 31

FATAL, HARMS = 10.0, 1.0
"""Run of equal labels, in batches."""
STRETCH = SAMPLE / 8
"""Records that are read one after the other when a database is sampled."""
LONG = 3.0
"""Runs up to so many times those of shuffled records may be chance."""


def check(c: Context) -> Iterator[Finding]:
    """Yield a finding for each sorted source of the TRAIN net."""
    for source in c.train.sources:
        run = _run(source)
        batch = source.batch_size * (max(1, c.param.iter_size) if c.is_solver else 1)
        if batch and run >= max(LONG * _by_chance(source), HARMS * batch):
            yield _finding(source, run, batch)


def _run(source: SourceUse) -> float:
    """Mean length of runs of equal labels that training meets; 0 if it shuffles, or is unknown."""
    stats = source.stats
    if stats is None or len(stats.labels) < 2 or getattr(source.param, "shuffle", False):
        return 0.0
    if stats.runs < 2 * STRETCH or stats.sampled >= stats.count:
        return stats.runs
    # nearly all stretches are of one label: the run is longer than can be seen, as in a sorted
    # database
    return max(stats.runs, stats.count / max(len(stats.labels), 2))


def _by_chance(source: SourceUse) -> float:
    """Mean length of runs of equal labels once these labels are shuffled."""
    counts = list(source.stats.labels.values()) if source.stats else []
    same = sum((count / sum(counts)) ** 2 for count in counts)
    return 1 / (1 - same) if same < 1 else 1.0


def _finding(source: SourceUse, run: float, batch: int) -> Finding:
    can = hasattr(source.param, "shuffle")
    edits = data_layers.put([source], f"{source.field}.shuffle", "true") if can else ()
    return Finding(
        f"records come in runs of about {run:,.0f} equal labels",
        source.span_param("source"),
        severity="error" if run >= FATAL * batch else "warning",
        hint="shuffle: true"
        if can
        else "write the database in random order (convert_imageset --shuffle)",
        fix=Fix("shuffle: true", edits) if edits else None,
        about=source.name,
        why=f'an update sees {batch} records of layer "{source.name}": mostly one class at a time',
    )
