"""Nets whose blobs share memory, run by pycaffe, against the numbers of real Caffe.

The nets and records are those of tests/module/test_memory.py.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from caffe2torch import pycaffe as caffe
from tests.module.test_memory import (
    NETS,
    Record,
    assert_equal,
    largest_diff,
    recorded,
    records,
)

__all__ = ["records"]


def load(net: caffe.Net, records: Record, name: str) -> None:
    for layer, blobs in net.params.items():
        for i, blob in enumerate(blobs):
            blob.data[...] = records[f"{name}/param/{layer}/{i}"]


@pytest.mark.parametrize("path", NETS, ids=lambda path: path.stem)
def test_as_caffe(path: Path, records: Record) -> None:
    net = caffe.Net(str(path), caffe.TRAIN)
    load(net, records, path.stem)
    for number in range(2):
        for name in net.inputs:
            net.blobs[name].data[...] = records[f"{path.stem}/in/{name}"]
        net.clear_param_diffs()
        net.forward()
        for name, blob in net.blobs.items():
            if "_split_" not in name:
                wanted = recorded(records, path.stem, number, f"blob/{name}")
                assert_equal(np.array(blob.data), wanted, f"pass {number}, blob {name}")
        net.backward()
        scale = largest_diff(records, path.stem)
        for layer, blobs in net.params.items():
            for i, blob in enumerate(blobs):
                wanted = recorded(records, path.stem, number, f"diff/{layer}/{i}")
                assert_equal(np.array(blob.diff), wanted, f"diff {layer}/{i}", scale)
