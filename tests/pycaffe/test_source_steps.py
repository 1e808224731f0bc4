"""Layers that bring data into a pycaffe net."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.pycaffe.nets import net_of


def test_memory_data_goes_round_and_its_labels_get_four_axes(tmp_path: Path) -> None:
    """As recorded from Caffe: set-up gives label (N), every forward (N, 1, 1, 1)."""
    net = net_of(
        tmp_path,
        """
layer { name: "d" type: "MemoryData" top: "data" top: "label"
  memory_data_param { batch_size: 2 channels: 1 height: 1 width: 2 } }
layer { name: "sum" type: "Reduction" bottom: "data" top: "sum" reduction_param { axis: 1 } }
""",
    )
    assert net.blobs["label"].data.shape == (2,)
    data = np.arange(8, dtype=np.float32).reshape(4, 1, 1, 2)
    net.set_input_arrays(data, np.arange(4, dtype=np.float32))
    sums = []
    for _ in range(3):
        sums.append(net.forward(blobs=["sum"])["sum"].tolist())
        assert net.blobs["label"].data.shape == (2, 1, 1, 1)
    assert sums == [[1, 5], [9, 13], [1, 5]]
    assert net.blobs["label"].data.ravel().tolist() == [0, 1]
