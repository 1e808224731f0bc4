"""crop_size is larger than the images.

What it does: compares crop_size with the sizes of the records, with new_height and new_width, and
with the mean file, which has the size of the uncropped records.

Why: Caffe stops at the first image that is smaller than the crop, which with images of many sizes
may be hours into the run.
Source: Caffe src/caffe/data_transformer.cpp, InferBlobShape and Transform.

Bad::

    transform_param { crop_size: 227 }
    image_data_param { new_height: 224 new_width: 224 ... }

Good::

    transform_param { crop_size: 224 }
    image_data_param { new_height: 256 new_width: 256 ... }

Fix: crop_size becomes the smallest side. Unsafe: the net then gets another input size.
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.config.source import SourceUse
from caffe2torch.lint import data_layers
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding, Fix

SEVERITY = "error"
RANK = 14


def check(c: Context) -> Iterator[Finding]:
    """Yield a finding for each layer whose crop does not fit its images."""
    for source in data_layers.images(c):
        crop = int(source.transform.crop_size)
        size, what = _smallest(source) if crop and not source.kind.fills_crop else (0, "")
        if 0 < size < crop:
            edits = data_layers.put([source], "transform_param.crop_size", str(size))
            yield Finding(
                f"crop_size {crop} in {data_layers.names([source])}, but {what}",
                source.span("transform_param.crop_size"),
                hint=f"crop_size: at most {size}, or larger images",
                fix=Fix(f"crop_size: {size}", edits) if edits else None,
                about=source.name,
                why="Caffe stops",
            )


def _smallest(source: SourceUse) -> tuple[int, str]:
    """The shortest side of any image before cropping (0: unknown), and what says so."""
    height, width = (getattr(source.param, name, 0) for name in ("new_height", "new_width"))
    if height and width:
        return min(height, width), f"images are resized to {height} x {width}"
    stats = source.stats
    shapes = [shape for shape in stats.shapes if len(shape) == 3] if stats else []
    if shapes:
        h, w = min((shape[1:] for shape in shapes), key=min)
        some = "the records are" if len(shapes) == 1 else "some records are only"
        return min(h, w), f"{some} {h} x {w}"
    return 0, ""
