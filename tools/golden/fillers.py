"""fillers/: statistics of filled weights, and the exact bilinear ones."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from caffe2torch.build import blob_tensors, build
from caffe2torch.graph import build_graph
from caffe2torch.upgrade import read_net
from tools.golden.outcome import Array, Outcome, load, reported

ERRORS = 5.0  # standard errors that both estimates may differ by, from the golden README


def check(folder: Path) -> Iterator[Outcome]:
    exact = load(folder / "exact.npz")
    for case in json.loads((folder / "index.json").read_text())["cases"]:
        outcome = Outcome(case["name"])
        with reported(outcome):
            weights = _weights(folder, case)
            key = next((k for k in exact if k.split(":")[-1] == case["name"]), None)
            if key is not None:
                outcome.compare(key, weights, exact[key])
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
    n = case["count"]
    w = w.astype(np.float64)
    std = case["std"]
    mean_error = ERRORS * math.sqrt(2) * std / math.sqrt(n) + 1e-6 * abs(case["mean"])
    fourth = float(np.mean((w - w.mean()) ** 4)) if n > 1 else 0.0
    spread = math.sqrt(max(fourth - std**4, 0.0) / n) / (2 * std) if std else 0.0
    std_error = ERRORS * math.sqrt(2) * spread + 1e-6 * std
    if case["filler"] != "positive_unitball":  # its rows are normalised, not independent
        outcome.require(abs(w.mean() - case["mean"]) <= mean_error, f"mean {w.mean():.6g}")
    outcome.require(abs(w.std() - std) <= std_error, f"std {w.std():.6g}, Caffe {std:.6g}")
    _bounds(outcome, w, case)
    _sparse(outcome, w, case)


def _bounds(outcome: Outcome, w: Array, case: dict[str, Any]) -> None:
    """Bounded distributions may not leave Caffe's bounds by more than the gap that n leaves."""
    if "gaussian" in case["filler"]:
        return
    gap = 20 * (case["max"] - case["min"]) / case["count"] + 1e-6
    if case["filler"] == "positive_unitball":
        gap = 0.5 * case["max"]
    low, high = float(w.min()), float(w.max())
    good = case["min"] - gap <= low and high <= case["max"] + gap
    outcome.require(good, f"range {low:.6g} to {high:.6g}")
    sums = w.reshape(case["shape"][0], -1).sum(1)
    if case["filler"] == "positive_unitball":
        outcome.compare("row sums", np.float32([sums.min(), sums.max()]), np.float32([1, 1]))


def _sparse(outcome: Outcome, w: Array, case: dict[str, Any]) -> None:
    share, wanted = np.count_nonzero(w) / w.size, case["nonzero"] / case["count"]
    allowed = ERRORS * math.sqrt(2 * wanted * (1 - wanted) / case["count"]) + 1e-12
    if case["filler"] not in ("uniform_default",):
        outcome.require(abs(share - wanted) <= allowed, f"{share:.4f} of the weights are nonzero")
