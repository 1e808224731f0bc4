"""The mean image: Caffe's own files, bit by bit, and its refusal of mixed sizes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from caffe2torch.data.mean import compute_mean
from caffe2torch.data.sources import open_source
from caffe2torch.errors import DataError
from tests.conftest import GOLDEN
from tests.data.one_feed import datum, write
from tools.golden.transform import mean_image

PART = GOLDEN / "transform"
MEANS = json.loads((PART / "index.json").read_text())["means"]


@pytest.mark.parametrize("case", MEANS, ids=[case["file"] for case in MEANS])
def test_equals_what_caffes_tool_wrote_and_said(
    case: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(PART)
    assert mean_image(case).problems == []


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
