"""A small net, for the tests of pycaffe."""

from __future__ import annotations

from pathlib import Path

from caffe2torch import pycaffe as caffe


def net_of(folder: Path, text: str, phase: int = caffe.TEST, **more: object) -> caffe.Net:
    file = folder / "net.prototxt"
    file.write_text(text)
    caffe.set_random_seed(1)
    return caffe.Net(str(file), phase, **more)  # type: ignore[arg-type]
