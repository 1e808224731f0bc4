"""Numbers and names as they are shown, and statistics of arrays."""

from __future__ import annotations

import json

import numpy as np
import pytest

from caffe2torch.inspect import values
from caffe2torch.inspect.statistics import BLOCK, statistics


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
    ("text", "shown"),
    [
        ("conv1/7x7_s2", "conv1/7x7_s2"),
        ("größe 大", "größe 大"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\nb\tc", "a\\nb\\tc"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("\udcff", "\\udcff"),
        ("\x9b2J", "\\x9b2J"),
        ("[bold]x[/bold]", "[bold]x[/bold]"),
    ],
)
def test_what_steers_a_terminal_is_escaped(text: str, shown: str) -> None:
    assert values.printable(text) == shown


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


@pytest.mark.parametrize("size", [1, 7, BLOCK, 2 * BLOCK + 3])
def test_statistics_are_numpys_whatever_the_blocks(size: int) -> None:
    array = np.random.default_rng(size).normal(5, 0.1, size).astype(np.float32)
    found = statistics(array)
    wide = array.astype(np.float64)
    assert found.count == size
    assert found.mean == pytest.approx(wide.mean(), rel=1e-12)
    assert found.std == pytest.approx(wide.std(), rel=1e-6, abs=1e-7)
    assert (found.min, found.max) == (wide.min(), wide.max())


def test_statistics_of_nothing_are_none() -> None:
    found = statistics(np.empty((0, 3), np.float32))
    assert (found.count, found.mean, found.fault) == (0, None, "")


def test_squares_that_overflow_leave_the_rest() -> None:
    found = statistics(np.array([1e200, 3e200]))
    assert (found.mean, found.std, found.max) == (2e200, None, 3e200)


def test_statistics_of_odd_addresses() -> None:
    raw = np.frombuffer(b"x" + np.array([1, 5], np.float32).tobytes(), np.uint8)[1:].view("<f4")
    assert statistics(raw).mean == 3.0
