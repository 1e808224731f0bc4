"""An augmentation removes what tells the classes apart.

What it does: looks for force_gray, or is_color: false, on images that are stored in colour; for
both force_color and force_gray; for mirror on digits and text (by their names); and for random
crops of a small part of the image.

Why: a mirrored 2 is no digit, and grey removes what tells a ripe tomato from a green one; where the
classes do not depend on it both are good augmentations, so these are questions. With both force_
fields Caffe stops. Measured on the digits: 97.8 % with mirror, 99.4 % without.
Source: Caffe src/caffe/data_transformer.cpp, Transform.

An error for both force_ fields, and for grey with a mean of three colours, where Caffe stops; a
warning where stored colour is dropped, and for crops of less than a twentieth of the area; else an
info.

Bad::

    transform_param { mirror: true }      # on handwritten digits

Good::

    transform_param { mirror: true }      # on photographs

Fix: removes the field. Unsafe: it changes training.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from caffe2torch.config.source import SourceUse
from caffe2torch.lint import data_layers, greying
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding

SEVERITY = "info"
RANK = 63
YIELDS_TO = ("C2T414",)

WRITING = re.compile(
    r"mnist|digit|svhn|captcha|handwrit|omniglot|\b(lenet|text|ocr|plates?|letters?|fonts?)(\b|_)",
    re.IGNORECASE,
)
TINY = 0.05
"""Share of the image's area."""


def check(c: Context) -> Iterator[Finding]:
    """Yield a finding for each doubtful augmentation of each layer."""
    for source in data_layers.images(c):
        yield from greying.check(source)
        if source.train or not c.is_solver:
            yield from _mirror(c, source)
            yield from _crop(source)


def _mirror(c: Context, source: SourceUse) -> Iterator[Finding]:
    words = f"{source.source} {source.net.message.name} {source.name}"
    met = WRITING.search(words)
    if source.transform.mirror and met:
        yield Finding(
            f'mirror on data that looks like writing ("{met[0]}")',
            source.span("transform_param.mirror"),
            "info",
            "remove mirror where left and right matter",
            greying.without(source, "transform_param.mirror"),
            f"{source.name}.mirror",
            why="is a mirrored character still the same?",
        )


def _crop(source: SourceUse) -> Iterator[Finding]:
    crop, stats = source.transform.crop_size, source.stats
    shape = next((s for s in stats.shapes if len(s) == 3), None) if stats and crop else None
    if shape is None:
        return
    share = crop * crop / (shape[1] * shape[2])
    if share < TINY:
        yield Finding(
            f"crop_size {crop} shows {share:.1%} of images of {shape[1]} x {shape[2]}",
            source.span("transform_param.crop_size"),
            "warning",
            "store smaller images, or crop more of them",
            about="crop_size",
            why="most crops will not show the object",
        )
