"""TRAIN and TEST prepare their data differently.

What it does: compares scale, mean and crop_size of the data layers of the TRAIN and TEST nets
that make the same top. mirror and random cropping may differ; they are augmentation.

Why: the test net then sees other numbers than those that the weights were made for. A scale
that only one phase has makes the test accuracy meaningless while the training loss falls.
Source: Caffe src/caffe/data_transformer.cpp, Transform.

Means are compared by what a crop sees of them, in standard deviations of the images: a mean of
padded pictures and one of the pictures are the same, as are a file and its values a channel. If
files of different names are not here, that is an info. Measured on the digits, the accuracy of one
trained LeNet (98.9 %) by what is wrong in the test alone:

    mean off by (std)    0.25    0.5     1       1.5     2
    accuracy, brighter   98.9    98.6    96.4    94.4    90.0
    accuracy, darker     98.3    97.5    90.3    71.7    39.4
    scale times          0.5     0.75    1.25    2       256
    accuracy             99.2    99.2    98.9    98.3    97.2

So a mean off by a quarter of a standard deviation is a warning, by a whole one an error, and by
0.15 of one an info. A scale does less where biases are small, as here, and more in deep nets: off
by more than a tenth it is a warning, by a factor of 2 an error.

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
from math import inf

from caffe2torch.config.source import SourceUse
from caffe2torch.graph.model import Node
from caffe2torch.lint import data_layers, fix, means
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import FileEdit, Finding, Fix

SEVERITY = "error"
RANK = 25

SLIGHT, SHIFTED, ELSEWHERE = 0.15, 0.25, 1.0
"""Distance of the means in standard deviations of the images: an info, a warning, an error."""
SCALED, DOUBLED = 0.1, 2.0
"""Share by which the scales differ: a warning; factor: an error."""


def check(c: Context) -> Iterator[Finding]:
    """Yield a finding for each TEST layer and setting that differs from its TRAIN layer."""
    train = {source.layer.top[0]: source for source in c.train.sources if source.layer.top}
    for use in c.tests:
        for test in use.sources:
            other = train.get(test.layer.top[0]) if test.layer.top else None
            if other is not None and not _same(other, test) and test.images:
                yield from _compare(c, other, test)


def _same(train: SourceUse, test: SourceUse) -> bool:
    """Whether one layer serves both phases."""
    return train.net is test.net and train.index == test.index


def _is_sized(node: Node) -> bool:
    """Whether its weights are made for one size of its bottom."""
    return node.type == "InnerProduct"


def _compare(c: Context, train: SourceUse, test: SourceUse) -> Iterator[Finding]:
    yield from _means(train, test)
    yield from _scales(train, test)
    if _size(train) != _size(test) and 0 not in (_size(train), _size(test)):
        yield Finding(
            f"crop_size {_size(train)} in TRAIN and {_size(test)} in TEST",
            test.span("transform_param.crop_size"),
            severity="warning" if any(_is_sized(n) for n in c.train.nodes) else "info",
            hint="one crop_size in both phases",
            why=f'top "{test.layer.top[0]}" has another size in TEST: inner products need '
            f"one size, "
            "and a larger test crop only fits nets without them",
            about=f"{test.name}.crop_size",
        )


def _means(train: SourceUse, test: SourceUse) -> Iterator[Finding]:
    if train.channels and test.channels and train.channels != test.channels:
        return  # C2T118
    a, b = _says_mean(train), _says_mean(test)
    far = means.apart(train, test)
    if far is None:
        yield Finding(
            f"the TRAIN data has {a}, the TEST data {b}",
            test.span(f"transform_param.{_mean_field(test)}"),
            severity="info",
            hint="one mean for both phases, unless they are the same for other sizes",
            about=f"{test.name}.mean",
            why="the files are not here, so whether the means are equal is not known",
        )
    elif far >= SLIGHT:
        yield _finding(test, a, b, _mean_field(test), _mean_fix(train, test), _grade(far))


def _scales(train: SourceUse, test: SourceUse) -> Iterator[Finding]:
    a, b = train.scale, test.scale
    ratio = b / a if a else inf
    if abs(ratio - 1) > SCALED:
        edits = _scale_fix(train, test)
        grade = "warning" if 1 / DOUBLED < ratio < DOUBLED else "error"
        yield _finding(test, f"scale {a:g}", f"scale {b:g}", "scale", edits, grade)


def _grade(far: float) -> str:
    return "info" if far < SHIFTED else "warning" if far < ELSEWHERE else "error"


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
    test: SourceUse, a: str, b: str, field: str, edits: list[FileEdit], grade: str
) -> Finding:
    return Finding(
        f"the TRAIN data has {a}, the TEST data {b}",
        test.span(test.kind.scale_field if field == "scale" else f"transform_param.{field}"),
        severity=grade,
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
    if train.transform.mean_file and old in ([], ["mean_file"]) and _fits(train, test):
        value = f'"{train.transform.mean_file}"'
        return fix.put_layer(net, index, "transform_param.mean_file", value)
    return []


def _fits(train: SourceUse, test: SourceUse) -> bool:
    """Whether Caffe takes TRAIN's mean file for the TEST images; what is not here may fit."""
    mean, stats = train.mean, test.stats
    return mean is None or stats is None or tuple(mean.shape) == tuple(next(iter(stats.shapes), ()))
