"""TRAIN and TEST prepare their data differently.

What it does: compares scale, mean and crop_size of the data layers of the TRAIN and TEST nets
that make the same top. mirror and random cropping may differ; they are augmentation.

Why: the test net then sees other numbers than those that the weights were made for. A scale
that only one phase has makes the test accuracy meaningless while the training loss falls.
Source: Caffe src/caffe/data_transformer.cpp, Transform.

Bad::

    layer { name: "data" type: "Data" top: "data" include { phase: TRAIN }
      transform_param { scale: 0.00390625 } ... }
    layer { name: "data" type: "Data" top: "data" include { phase: TEST } ... }

Good::

    both layers with transform_param { scale: 0.00390625 }

Fix: copies scale and mean from the TRAIN layer to the TEST layer. Safe: it leaves training as it
is and only corrects the test.
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.config.source import SourceUse
from caffe2torch.lint import data_layers, fix
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import FileEdit, Finding, Fix

SEVERITY = "error"
RANK = 25


def check(c: Context) -> Iterator[Finding]:
    """Yield a finding for each TEST layer and setting that differs from its TRAIN layer."""
    train = {source.layer.top[0]: source for source in c.train.sources if source.layer.top}
    for use in c.tests:
        for test in use.sources:
            other = train.get(test.layer.top[0]) if test.layer.top else None
            if other is not None and not _same(other, test) and test.images:
                yield from _compare(other, test)


def _same(train: SourceUse, test: SourceUse) -> bool:
    """Whether one layer serves both phases."""
    return train.net is test.net and train.index == test.index


def _compare(train: SourceUse, test: SourceUse) -> Iterator[Finding]:
    if _mean(train) != _mean(test):
        yield _finding(
            train, test, _mean_field(test), _says_mean(train), _says_mean(test), _mean_fix
        )
    if train.scale != test.scale:
        yield _finding(
            train, test, "scale", f"scale {train.scale:g}", f"scale {test.scale:g}", _scale_fix
        )
    if _size(train) != _size(test) and 0 not in (_size(train), _size(test)):
        yield Finding(
            f"crop_size {_size(train)} in TRAIN and {_size(test)} in TEST",
            test.span("transform_param.crop_size"),
            severity="warning",
            hint="one crop_size in both phases",
            why=f'top "{test.layer.top[0]}" has another size in TEST: inner products need '
            f"one size, "
            "and a larger test crop only fits nets without them",
            about=f"{test.name}.crop_size",
        )


def _mean(source: SourceUse) -> object:
    return source.transform.mean_file, list(source.transform.mean_value)


def _mean_field(source: SourceUse) -> str:
    return "mean_value" if source.transform.mean_value else "mean_file"


def _says_mean(source: SourceUse) -> str:
    if source.transform.mean_file:
        return f'mean_file "{source.transform.mean_file}"'
    values = ", ".join(f"{value:g}" for value in source.transform.mean_value)
    return f"mean_value {values}" if values else "no mean"


def _size(source: SourceUse) -> int:
    return int(source.transform.crop_size)


def _finding(
    train: SourceUse, test: SourceUse, field: str, a: str, b: str, cure: object
) -> Finding:
    edits = cure(train, test)  # type: ignore[operator]
    return Finding(
        f"the TRAIN data has {a}, the TEST data {b}",
        test.span(test.kind.scale_field if field == "scale" else f"transform_param.{field}"),
        hint=f"give TEST {a}",
        fix=Fix(f"{test.name} (TEST): {a}", tuple(edits), safe=True) if edits else None,
        about=f"{test.name}.{field}",
        why="the test net sees other numbers than the weights were trained for",
    )


def _scale_fix(train: SourceUse, test: SourceUse) -> list[FileEdit]:
    if not train.is_scaled:
        return list(data_layers.drop_scale([test]))
    return list(data_layers.put_scale([test], fix.exact(train.scale)))


def _mean_fix(train: SourceUse, test: SourceUse) -> list[FileEdit]:
    net, index = test.net, test.index
    old = [name for name in ("mean_file", "mean_value") if getattr(test.transform, name)]
    if train.transform.mean_file and old in ([], ["mean_file"]):
        value = f'"{train.transform.mean_file}"'
        return fix.put_layer(net, index, "transform_param.mean_file", value)
    return []
