"""The mean image of a net as a tensor beside the converted file, which reads it from there."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from caffe2torch.atomic import replacing
from caffe2torch.convert.grouped.preprocess import MEAN_END


def mean_path(source: Path) -> Path:
    """Where the converted file `source` looks for its mean image."""
    return source.with_name(f"{source.stem}{MEAN_END}")


def write_mean(path: Path, mean: NDArray[Any]) -> str:
    """Write a mean (C, H, W) float32 as torch.save does; return what was written."""
    whole = io.BytesIO()  # on a full disk torch.save itself says nothing that helps
    torch.save(torch.from_numpy(np.array(mean, np.float32)), whole)
    with replacing(path) as aside:
        aside.write_bytes(whole.getbuffer())
    return f"the mean image, {'x'.join(map(str, mean.shape))}"
