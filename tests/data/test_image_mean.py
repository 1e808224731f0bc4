"""The mean image: Caffe's own files, bit by bit, and its refusal of mixed sizes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from caffe2torch.caffe_pb2 import BlobProto
from caffe2torch.data.image_mean import channel_means, compute_mean
from caffe2torch.data.sources import open_source
from caffe2torch.errors import DataError
from tests.conftest import GOLDEN
from tests.data.one_feed import datum, write

PART = GOLDEN / "transform"
MEANS = json.loads((PART / "index.json").read_text())["means"]


@pytest.mark.parametrize("case", MEANS, ids=[case["file"] for case in MEANS])
def test_equals_what_caffes_tool_wrote_and_said(case: dict[str, Any]) -> None:
    said = [f"Opened lmdb {case['db']}"]
    source = open_source(str(PART / case["db"]))
    mean = compute_mean(source, said.append)
    source.close()
    blob = BlobProto.FromString((PART / case["file"]).read_bytes())
    assert [1, *mean.shape] == case["shape"] == [blob.num, blob.channels, blob.height, blob.width]
    assert (mean.ravel() == np.array(blob.data, np.float32)).all()
    said += [f"Write to {case['file']}", f"Number of channels: {len(mean)}"]
    for c, value in enumerate(channel_means(mean)):
        said.append(f"mean_value channel [{c}]: {value:.6g}")
    assert said == case["messages"]


def test_records_of_another_size_are_refused_by_name(tmp_path: Path) -> None:
    sizes = [(1, 2, 3), (1, 3, 2), (1, 2, 2)]
    source = open_source(write(tmp_path / "db", (datum(np.ones(size, np.uint8)) for size in sizes)))
    # As in Caffe only the number of values counts: the second record passes.
    with pytest.raises(DataError, match='record "00000002": has 4 values, and the first.*has 6'):
        compute_mean(source)
    source.close()


def test_the_sum_runs_in_float32(tmp_path: Path) -> None:
    pixel = np.full((1, 1, 1), 2.0**24, np.float32)
    one = np.full((1, 1, 1), 1.0, np.float32)
    source = open_source(write(tmp_path / "db", map(datum, [pixel, one, one])))
    # 2^24 + 1 is 2^24 in float32
    assert compute_mean(source)[0, 0, 0] == np.float32(2.0**24) / np.float32(3)
    source.close()
