"""How far the `preprocess` of a written file is from what the net's TEST phase gets."""

from __future__ import annotations

import io
import runpy
from pathlib import Path

import numpy as np

from caffe2torch.config.preprocessing import Preprocessing
from caffe2torch.convert.conversion import Conversion
from caffe2torch.data.images import decode_image

LEVEL = 1.0
"""Grey levels of 255 by which rounding may differ: OpenCV resizes bytes in fixed point."""


def check_preprocess(conversion: Conversion, path: Path) -> str:
    """Run the file's `preprocess` on a picture; say how far it is from TEST's, in grey levels.

    The picture is larger than what the net takes, and seeded. More than LEVEL is a failure.
    """
    from PIL import Image

    prepared = conversion.prepared
    assert prepared is not None
    stored = picture(prepared)
    expected = prepared.apply(decode_image(stored, "gray" if prepared.gray else "color"))
    written = runpy.run_path(str(path))["preprocess"](Image.open(io.BytesIO(stored)))
    if written.shape[1:] != expected.shape:
        gap = float("inf")
    else:
        gap = float(np.abs(written[0].numpy() - expected).max()) / abs(prepared.scale or 1.0)
    rounding = 1e-4 + abs(float(np.abs(expected).max())) * 1e-6
    conversion.failed = conversion.failed or gap > LEVEL + rounding
    return f"images within {gap:.2g} grey levels of c2t test's"


def picture(prepared: Preprocessing) -> bytes:
    """A PNG of soft shapes and noise, about one and a half times as large as the net resizes to."""
    from PIL import Image

    random = np.random.RandomState(0)
    rows, columns = (int(1.5 * size) + 3 for size in prepared.resize)
    channels = prepared.shape[0]
    soft = Image.fromarray(random.randint(0, 256, (5, 7, 3)).astype(np.uint8))
    soft = soft.resize((columns, rows), Image.Resampling.BICUBIC)
    noise = random.randint(-20, 21, (rows, columns, 3))
    pixels = np.clip(np.asarray(soft).astype(np.int64) + noise, 0, 255).astype(np.uint8)
    whole = io.BytesIO()
    Image.fromarray(pixels if channels == 3 else pixels[:, :, 0]).save(whole, "PNG")
    return whole.getvalue()
