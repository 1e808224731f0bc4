"""An image list whose labels are no whole numbers.

What it does: reads the list of an ImageData layer as Caffe does: the label is what C's atoi makes
of whatever follows the last blank of the line.

Why: atoi says 0 for "cat", 3 for "3.7", and nothing is reported. All such images become class 0. A
tab is no blank: "image.jpg<TAB>3" is all file name, and cannot be opened.
Source: Caffe src/caffe/layers/image_data_layer.cpp, DataLayerSetUp.

An error from one line in ten on, else a warning; fractions are cut, which is a warning.

Bad::

    images/001.jpg cat

Good::

    images/001.jpg 3
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from caffe2torch.config.source import SourceUse
from caffe2torch.data.lists import read_list
from caffe2torch.errors import C2TError
from caffe2torch.lint import data_layers
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding

SEVERITY = "error"
RANK = 14

MANY = 0.1
LINES = 20_000
"""Lines that are looked at, from the start of the list."""
_WHOLE = re.compile(r"[+-]?\d+\s*")
_FRACTION = re.compile(r"[+-]?\d*\.\d+(e[+-]?\d+)?\s*", re.IGNORECASE)


def check(c: Context) -> Iterator[Finding]:
    """Yield a finding for each list with such labels."""
    lists = {
        source.source: source
        for source in reversed(data_layers.once(c))
        if source.type == "ImageData" and source.source and len(source.layer.top) > 1
    }
    for source in reversed(lists.values()):
        yield from _check(source)


def _check(source: SourceUse) -> Iterator[Finding]:
    try:
        lines = read_list(source.source, source.base).split("\n", LINES)[:LINES]
    except C2TError:
        return
    lines = [line for line in lines if line.strip()]
    bad = [(i, _label(line)) for i, line in enumerate(lines) if not _WHOLE.fullmatch(_label(line))]
    if not bad:
        return
    cut = all(_FRACTION.fullmatch(label) for _, label in bad)
    number, label = bad[0]
    if cut:
        effect = f'"{label}" is read as {int(float(label))}'
    elif "\t" in label:
        effect = "a tab stands where Caffe looks for a blank, so the label belongs to the path"
    else:
        effect = f'"{label}" is read as 0'
    yield Finding(
        f'no label in line {number + 1} of the list "{source.source}"',
        source.span_param("source"),
        severity="warning" if cut or len(bad) < MANY * len(lines) else "error",
        hint="write labels as whole numbers from 0, behind a blank",
        about=source.name,
        why=f"{effect}; so in {len(bad):,} of {len(lines):,} lines",
    )


def _label(line: str) -> str:
    """What follows the last blank; the whole line if there is none."""
    return line.rpartition(" ")[2]
