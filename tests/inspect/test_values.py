"""Numbers and names as they are shown."""

from __future__ import annotations

import json

import numpy as np
import pytest

from caffe2torch.inspect import values


def test_json_gets_finite_numbers_and_its_own_types() -> None:
    found = values.plain({
        "nan": float("nan"), "inf": [float("-inf")], 3: (1, 2), "np": np.float32(0.5),
        "int": np.int64(7), "no": None, "yes": True, "half": "a\udcff",
    })  # fmt: skip
    assert found == {
        "nan": None, "inf": [None], "3": [1, 2], "np": 0.5, "int": 7, "no": None, "yes": True,
        "half": "a\\udcff",
    }  # fmt: skip
    json.dumps(found, allow_nan=False)


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1536, "1.5 KiB"),
        (5 * 2**30, "5.0 GiB"),
        (2**50, "1024.0 TiB"),
    ],
)
def test_sizes(count: int, shown: str) -> None:
    assert values.size(count) == shown


@pytest.mark.parametrize(
    ("count", "shown"), [(0, "0"), (999, "999"), (2_293_000, "2.293 M"), (7.5e12, "7.5 T")]
)
def test_short_numbers(count: float, shown: str) -> None:
    assert values.short(count) == shown


def test_floats_are_the_shortest_of_their_float32() -> None:
    assert values.shortest(float(np.float32(0.1))) == 0.1


def test_shapes() -> None:
    assert values.times((3, 224, 224)) == "3×224×224"
    assert values.times(()) == "()"
