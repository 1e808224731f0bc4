"""One source layer by itself, and small databases for it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from google.protobuf import text_format

from caffe2torch import caffe_pb2 as pb
from caffe2torch.data import feeds
from caffe2torch.data.feeds.base import LayerFeed, SourceSite
from caffe2torch.data.importers import database


def layer(text: str) -> pb.LayerParameter:
    """A LayerParameter; tops are data and label unless said otherwise."""
    param = pb.LayerParameter(name="source")
    text_format.Parse(text, param)
    if not param.top:
        param.top.extend(["data", "label"])
    return param


def feed(text: str, train: bool = False, **site: Any) -> LayerFeed:
    """The feed of that layer."""
    param = layer(text)
    return feeds.find(param.type)(SourceSite(param.name, param, train, **site))


def datum(pixels: np.ndarray, label: int = 0) -> pb.Datum:
    """A raw record of pixels (C, H, W), or of floats if they are no bytes."""
    c, h, w = pixels.shape
    out = pb.Datum(channels=c, height=h, width=w, label=label)
    if pixels.dtype == np.uint8:
        out.data = pixels.tobytes()
    else:
        out.float_data.extend(pixels.ravel().tolist())
    return out


def write(path: Path, records: Iterable[pb.Datum]) -> str:
    """An LMDB of the records under the keys 00000000, 00000001, ..."""
    database.write(
        path, ((b"%08d" % i, record.SerializeToString()) for i, record in enumerate(records))
    )
    return str(path)


def numbered(path: Path, count: int, size: tuple[int, int, int] = (1, 2, 2)) -> str:
    """An LMDB whose record i holds the value i everywhere, and label i."""
    return write(path, (datum(np.full(size, i, np.uint8), i) for i in range(count)))
