"""Every filler against the weights that real Caffe drew: moments, bounds, sparsity."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from caffe2torch import fillers
from caffe2torch.format.upgrade import read_net
from caffe2torch.graph import build_graph

FOLDER = Path(__file__).parents[1] / "golden" / "fillers"
CASES = json.loads((FOLDER / "index.json").read_text())["cases"]


def blob_of(case: dict[str, Any]) -> tuple[Any, np.ndarray]:
    """The filler of the case and what it writes here."""
    graph = build_graph(read_net(str(FOLDER / case["prototxt"])))
    refs = [ref for ref in graph.node("l").params if list(ref.shape) == case["shape"]]
    blob = torch.full(tuple(case["shape"]), float("nan"))
    fillers.fill(blob, refs[0].blob.filler, torch.Generator().manual_seed(3))
    return refs[0].blob.filler, blob.numpy()


@pytest.mark.parametrize("case", [c for c in CASES if "exact" in c], ids=lambda c: c["name"])
def test_bilinear_is_exact(case: dict[str, Any]) -> None:
    with np.load(FOLDER / "exact.npz") as exact:
        np.testing.assert_array_equal(blob_of(case)[1], exact[case["exact"]])


@pytest.mark.parametrize("case", [c for c in CASES if "mean" in c], ids=lambda c: c["name"])
def test_moments_equal_caffes_within_five_standard_errors(case: dict[str, Any]) -> None:
    filler, values = blob_of(case)
    n, std = case["count"], case["std"]
    # both sides are samples, hence √2; the error of a standard deviation is at most std·√(κ/4n)
    assert values.mean(dtype=np.float64) == pytest.approx(
        case["mean"], abs=5 * std * math.sqrt(2 / n) + 1e-6
    )
    tail = _kurtosis(values)
    assert values.std(dtype=np.float64) == pytest.approx(
        std, abs=5 * std * math.sqrt(tail / (2 * n)) + 1e-6
    )
    spread = fillers.find(filler.type).spread(filler, tuple(case["shape"]))
    if spread.independent:
        assert spread.mean == pytest.approx(case["mean"], abs=5 * std / math.sqrt(n) + 1e-6)
        assert math.sqrt(spread.var) == pytest.approx(
            std, abs=5 * std * math.sqrt(tail / (4 * n)) + 1e-6
        )


def _kurtosis(values: np.ndarray) -> float:
    centred = values.astype(np.float64) - values.mean(dtype=np.float64)
    variance = (centred**2).mean()
    return float((centred**4).mean() / variance**2) if variance else 1.0


@pytest.mark.parametrize(
    "case",
    [c for c in CASES if "uniform" in c["name"] or "xavier" in c["name"]],
    ids=lambda c: c["name"],
)
def test_uniform_bounds_equal_caffes(case: dict[str, Any]) -> None:
    _, values = blob_of(case)
    width = (case["max"] - case["min"]) * 12 / case["count"]
    assert values.min() == pytest.approx(case["min"], abs=width + 1e-6)
    assert values.max() == pytest.approx(case["max"], abs=width + 1e-6)


@pytest.mark.parametrize(
    "case", [c for c in CASES if "sparse" in c["name"]], ids=lambda c: c["name"]
)
def test_sparse_keeps_as_many_as_caffe(case: dict[str, Any]) -> None:
    _, values = blob_of(case)
    kept, n = case["nonzero"] / case["count"], case["count"]
    error = 5 * math.sqrt(2 * kept * (1 - kept) / n)
    assert np.count_nonzero(values) / n == pytest.approx(kept, abs=error)


@pytest.mark.parametrize(
    "case", [c for c in CASES if "unitball" in c["name"]], ids=lambda c: c["name"]
)
def test_unitball_rows_sum_to_one(case: dict[str, Any]) -> None:
    _, values = blob_of(case)
    rows = values.reshape(len(values), -1)
    assert rows.min() >= 0
    np.testing.assert_allclose(rows.sum(1), 1, rtol=1e-5)
