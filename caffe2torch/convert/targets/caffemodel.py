"""caffemodel: the weights as Caffe 1.0 loads them."""

from __future__ import annotations

from pathlib import Path

from caffe2torch.convert.conversion import Conversion
from caffe2torch.module.blobs import export_blobs
from caffe2torch.weights import write_caffemodel

SUFFIX = ".caffemodel"


def write(conversion: Conversion, path: Path) -> str:
    """Write the net as it runs, with its weights."""
    blobs = export_blobs(conversion.built)
    write_caffemodel(path, conversion.graph.filtered, blobs)
    return f"{sum(map(len, blobs.values()))} blobs of {len(blobs)} layers"
