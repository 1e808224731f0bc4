"""fillers/: statistics of filled weights, and the exact bilinear ones."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from caffe2torch.format.upgrade import read_net
from caffe2torch.graph import build_graph
from caffe2torch.module.blobs import blob_tensors
from caffe2torch.module.build import build
from tools.golden.outcome import Array, Outcome, load, reported

ERRORS = 5.0  # standard errors that both estimates may differ by, from the golden README


def check(folder: Path) -> Iterator[Outcome]:
    exact = load(folder / "exact.npz")
    for case in json.loads((folder / "index.json").read_text())["cases"]:
        outcome = Outcome(case["name"])
        with reported(outcome):
            weights = _weights(folder, case)
            if "exact" in case:
                outcome.compare(case["exact"], weights, exact[case["exact"]])
            else:
                _statistics(outcome, weights, case)
        yield outcome


def _weights(folder: Path, case: dict[str, Any]) -> Array:
    """The blob of the case's shape: the weight, or the bias in the bias cases."""
    graph = build_graph(read_net(str(folder / case["prototxt"])))
    net = build(graph, seed=7)
    for node in graph.nodes:
        for ref, tensor in zip(node.params, blob_tensors(net, node), strict=True):
            if list(ref.shape) == case["shape"] and node.type == case["layer"]:
                return tensor.detach().numpy().reshape(ref.shape)
    raise AssertionError(f"no {case['layer']} blob of shape {case['shape']}")


def _statistics(outcome: Outcome, w: Array, case: dict[str, Any]) -> None:
    """Mean and std within 5 standard errors of a difference of two such estimates."""
    n, std = case["count"], case["std"]
    w = w.astype(np.float64)
    mean_error = ERRORS * math.sqrt(2 / n) * std + 1e-6 * abs(case["mean"])
    std_error = ERRORS * math.sqrt(2) * _std_error(case) + 1e-6 * std
    outcome.require(abs(w.mean() - case["mean"]) <= mean_error, f"mean {w.mean():.6g}")
    outcome.require(abs(w.std() - std) <= std_error, f"std {w.std():.6g}, Caffe {std:.6g}")
    _bounds(outcome, w, case)
    _sparse(outcome, w, case)


def _std_error(case: dict[str, Any]) -> float:
    """Standard error of an estimate of the std: std · sqrt((kurtosis − 1) / n) / 2.

    The kurtosis is 3 for a normal distribution, less for a uniform one, and 3/p where only a
    share p of the weights is not zero.
    """
    share = case["nonzero"] / case["count"]
    kurtosis = 3 / share if "sparse" in case["filler"] and share else 3.0
    return float(case["std"] * math.sqrt((kurtosis - 1) / case["count"]) / 2)


def _bounds(outcome: Outcome, w: Array, case: dict[str, Any]) -> None:
    """Caffe's bounds where there are bounds; where there are none, no absurd outlier."""
    low, high = float(w.min()), float(w.max())
    if "gaussian" in case["filler"] or "msra" in case["filler"]:
        outcome.require(np.abs(w - case["mean"]).max() <= 7 * _spread(case), "an outlier")
        return
    gap = 20 * (case["max"] - case["min"]) / case["count"] + 1e-6
    if case["filler"] == "positive_unitball":
        sums = w.reshape(case["shape"][0], -1).sum(1)
        outcome.compare("row sums", np.float32([sums.min(), sums.max()]), np.float32([1, 1]))
        good = low >= 0 and high <= 1.2 * case["max"]
    else:
        good = case["min"] - gap <= low and high <= case["max"] + gap
    outcome.require(good, f"range {low:.6g} to {high:.6g}")


def _spread(case: dict[str, Any]) -> float:
    """Std of the weights that are not zero."""
    return float(case["std"] / math.sqrt(max(case["nonzero"], 1) / case["count"]))


def _sparse(outcome: Outcome, w: Array, case: dict[str, Any]) -> None:
    share, wanted = np.count_nonzero(w) / w.size, case["nonzero"] / case["count"]
    allowed = ERRORS * math.sqrt(2 * wanted * (1 - wanted) / case["count"]) + 2 / case["count"]
    outcome.require(abs(share - wanted) <= allowed, f"{share:.4f} of the weights are nonzero")
