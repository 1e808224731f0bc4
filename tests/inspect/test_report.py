"""A report is of JSON's types, its own keys before those of its kind."""

from __future__ import annotations

import json

import numpy as np

from caffe2torch.inspect.report import Report


def test_json_has_the_kind_the_file_and_finite_numbers() -> None:
    report = Report("blob", "mean", {"mean": np.float32("nan"), "shape": (1, np.int64(3))})
    assert report.json == {"kind": "blob", "file": "mean", "mean": None, "shape": [1, 3]}
    assert list(report.json)[:2] == ["kind", "file"]
    json.dumps(report.json, allow_nan=False)
