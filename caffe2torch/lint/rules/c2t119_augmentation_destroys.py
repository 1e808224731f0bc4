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

from caffe2torch.lint import data_layers
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding, Fix
from caffe2torch.lint.source import SourceUse

SEVERITY = "info"
RANK = 63
YIELDS_TO = ("C2T414",)

WRITING = re.compile(
    r"mnist|digit|svhn|captcha|handwrit|omniglot|\b(lenet|text|ocr|plates?|letters?|fonts?)(\b|_)",
    re.IGNORECASE,
)
TINY = 0.05
"""Share of the image's area."""
COLORFUL = 2.0
"""Mean difference of two channels, in grey levels, from which an image is in colour."""


def check(c: Context) -> Iterator[Finding]:
    """Yield a finding for each doubtful augmentation of each layer."""
    for source in data_layers.images(c):
        yield from _grey(source)
        if source.train or not c.is_solver:
            yield from _mirror(c, source)
            yield from _crop(source)


def _grey(source: SourceUse) -> Iterator[Finding]:
    t, name = source.transform, data_layers.names([source])
    if t.force_gray and t.force_color:
        yield Finding(
            f"force_color and force_gray are both set in {name}: Caffe stops at the first encoded "
            "record",
            source.span("transform_param.force_gray"),
            "error",
            "keep one of them",
            _without(source, "transform_param.force_gray"),
            source.name,
            14,
        )
        return
    list_ = source.type == "ImageData" and not source.param.is_color
    path = f"{source.field}.is_color" if list_ else "transform_param.force_gray"
    raw = not list_ and source.stats is not None and not source.stats.encoded
    if not (t.force_gray or list_) or raw:  # Caffe does not look at force_gray then: C2T120
        return
    if len(t.mean_value) == 3:
        yield Finding(
            f"{path.rpartition('.')[2]} turns the images of {name} grey, and there are 3 "
            "mean_value: the net was meant for colour, and Caffe stops",
            source.span(path),
            "error",
            "remove it",
            _without(source, path),
            source.name,
            12,
        )
        return
    colour = _stored_colour(source)
    if colour is not False:
        yield Finding(
            f"{path.rpartition('.')[2]} turns the images of {name} grey"
            + (", though they are stored in colour" if colour else ""),
            source.span(path),
            "warning" if colour else "info",
            "remove it unless colour tells nothing",
            _without(source, path),
            source.name,
        )


def _stored_colour(source: SourceUse) -> bool | None:
    """Whether some stored images are in colour; None if they cannot be looked at."""
    from caffe2torch import caffe_pb2 as pb
    from caffe2torch.lint.signal.inputs import sampled

    plain = pb.LayerParameter()
    plain.CopyFrom(source.layer)
    plain.transform_param.ClearField("force_gray")
    if source.type == "ImageData":
        plain.image_data_param.is_color = True
    images = sampled(SourceUse(source.use, source.index, plain, source.field), 8)
    if not images:
        return None
    found = [image for image in images if image.ndim == 3 and image.shape[0] == 3]
    return any(float(abs(image[0] - image[2]).mean()) > COLORFUL for image in found)


def _mirror(c: Context, source: SourceUse) -> Iterator[Finding]:
    words = f"{source.source} {source.use.net.message.name} {source.name}"
    met = WRITING.search(words)
    if source.transform.mirror and met:
        yield Finding(
            f'mirror on data that looks like writing ("{met[0]}"): is a mirrored character still '
            "the same?",
            source.span("transform_param.mirror"),
            "info",
            "remove mirror where left and right matter",
            _without(source, "transform_param.mirror"),
            f"{source.name}.mirror",
        )


def _crop(source: SourceUse) -> Iterator[Finding]:
    crop, stats = source.transform.crop_size, source.stats
    shape = next((s for s in stats.shapes if len(s) == 3), None) if stats and crop else None
    if shape is None:
        return
    share = crop * crop / (shape[1] * shape[2])
    if share < TINY:
        yield Finding(
            f"crop_size {crop} shows {share:.1%} of images of {shape[1]} x {shape[2]}: most crops "
            "will not show the object",
            source.span("transform_param.crop_size"),
            "warning",
            "store smaller images, or crop more of them",
            about="crop_size",
        )


def _without(source: SourceUse, path: str) -> Fix | None:
    edits = data_layers.drop([source], path)
    return Fix(f"{source.name} without {path.rpartition('.')[2]}", edits) if edits else None
