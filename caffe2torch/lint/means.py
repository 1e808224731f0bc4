"""How far apart the means are that two data layers subtract, as what is behind them sees it.

A mean over padded pictures and one over the pictures themselves are two files and one mean, as are
a file and its values a channel; so numbers are compared, never names.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from caffe2torch.config.source import SourceUse

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

USUAL_MEAN, USUAL_STD = 115.0, 70.0
"""Of 8-bit photographs, where the images are not here."""


def apart(a: SourceUse, b: SourceUse) -> float | None:
    """How far apart two layers' means are, in standard deviations of the images.

    None if it cannot be told, as for two files of which one is not here, by different names.
    """
    first, second = _seen(a), _seen(b)
    if first is not None and second is not None:
        return _distance(first, second) / (_std(a) or _std(b) or USUAL_STD)
    if _written(a) == _written(b):
        return 0.0
    return None if _has_mean(a) == _has_mean(b) else USUAL_MEAN / USUAL_STD


def _written(source: SourceUse) -> object:
    """What the layer says of its mean; the same file may stand in several folders."""
    path = source.transform.mean_file.replace("\\", "/")
    return PurePath(path).name, list(source.transform.mean_value)


def _has_mean(source: SourceUse) -> bool:
    return bool(source.transform.mean_file or source.transform.mean_value)


def _seen(source: SourceUse) -> NDArray[np.float64] | None:
    """The mean behind the middle crop, (C, H, W) or (C, 1, 1); None if its file is not here."""
    import numpy as np

    if source.transform.mean_file:
        if source.mean is None:
            return None
        mean = np.asarray(source.mean, np.float64)
        crop = source.transform.crop_size
        if 0 < crop <= min(mean.shape[1:]):
            top, left = ((size - crop) // 2 for size in mean.shape[1:])
            mean = mean[:, top : top + crop, left : left + crop]
        return mean
    return np.array(list(source.transform.mean_value) or [0.0], np.float64)[:, None, None]


def _distance(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """The mean distance of the worst channel, in grey levels."""
    import numpy as np

    if a.shape[1:] != b.shape[1:]:
        a, b = (mean.mean(axis=(1, 2), keepdims=True) for mean in (a, b))
    if a.shape[0] != b.shape[0] and 1 not in (a.shape[0], b.shape[0]):
        a, b = (mean.mean(axis=0, keepdims=True) for mean in (a, b))
    return float(np.abs(a - b).mean(axis=(1, 2)).max())


def _std(source: SourceUse) -> float:
    """Standard deviation of the images, in grey levels; 0 if they are not here."""
    return float(source.stats.std.mean()) if source.stats is not None else 0.0
