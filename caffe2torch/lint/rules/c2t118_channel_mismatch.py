"""Images have another number of channels than the rest expects.

What it does: compares the channels of TRAIN and TEST data, of the records among each other, and of
the mean file.

Why: TRAIN and TEST share their weights by shape, so grey training and colour test images stop Caffe
at the first test. A database of mixed grey and colour JPEGs stops it in the middle of the run.
Source: Caffe src/caffe/net.cpp, ShareTrainedLayersWith; src/caffe/data_transformer.cpp, Transform:
CHECK_EQ of channels.

Bad::

    image_data_param { is_color: false ... }     # TRAIN
    image_data_param { ... }                     # TEST: colour is the default

Good::

    is_color: false in both

Fix: force_color, where encoded records are mixed or only one phase forces grey. Unsafe: it changes
what is trained.
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.config.source import SourceUse
from caffe2torch.lint import data_layers
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding, Fix

SEVERITY = "error"
RANK = 12


def check(c: Context) -> Iterator[Finding]:
    """Yield a finding for records, phases and means that do not agree."""
    for source in data_layers.images(c):
        yield from _mixed(source)
        yield from _mean(source)
    yield from _phases(c)


def _mixed(source: SourceUse) -> Iterator[Finding]:
    shapes = source.stats.shapes if source.stats else {}
    kinds: dict[int, int] = {}
    for shape, count in shapes.items():
        if len(shape) == 3:
            kinds[shape[0]] = kinds.get(shape[0], 0) + count
    if len(kinds) < 2:
        return
    says = ", ".join(f"{count} with {kind}" for kind, count in sorted(kinds.items()))
    encoded = bool(source.stats and source.stats.encoded)
    edits = data_layers.put([source], "transform_param.force_color", "true") if encoded else ()
    yield Finding(
        f"records of {data_layers.names([source])} have different numbers of channels",
        source.span_param("source"),
        hint="force_color: true" if encoded else "write the database with one kind of image",
        fix=Fix("force_color: true", edits) if edits else None,
        about=source.name,
        why=f"{says} of {sum(kinds.values())} sampled; Caffe stops in mid-run",
    )


def _mean(source: SourceUse) -> Iterator[Finding]:
    have = source.channels
    mean = source.mean if source.transform.mean_file else None
    if mean is not None and have and mean.shape[0] != have:
        yield Finding(
            f"mean_file has {mean.shape[0]} channels, the images have {have}",
            source.span("transform_param.mean_file"),
            hint="compute the mean from this very database, or correct what makes images grey",
            about=source.name,
            why="Caffe stops",
        )


def _phases(c: Context) -> Iterator[Finding]:
    train = {s.layer.top[0]: s for s in c.train.sources if s.layer.top}
    for use in c.tests if c.is_solver else []:
        for test in use.sources:
            other = train.get(test.layer.top[0]) if test.layer.top else None
            if other is None or not (test.images or test.stats):
                continue
            a, b = other.channels, test.channels
            if a and b and a != b:
                yield Finding(
                    f"TRAIN {_records(other)} have {a} channel(s), TEST {_records(test)} {b}",
                    test.span(_field(test)),
                    hint="make both phases read the same kind of image",
                    about=test.name,
                    why="the nets share their weights, and Caffe stops",
                )


def _records(source: SourceUse) -> str:
    return "images" if source.images else "records"


def _field(source: SourceUse) -> str:
    return f"{source.field}.{'source' if source.is_color is None else 'is_color'}"
