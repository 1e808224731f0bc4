"""How far an engine's results are from the graph's, and the layer at which they first are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from caffe2torch.convert.conversion import Conversion, forget
from caffe2torch.convert.onnx.distance import distance, matched
from caffe2torch.convert.onnx.padded import tables, unpadded
from caffe2torch.convert.onnx.parts import choices, gap_of_parts
from caffe2torch.convert.onnx.section import section
from caffe2torch.convert.onnx.trial import trial
from caffe2torch.convert.runtimes import Array, Run
from caffe2torch.engines.apart import loaded
from caffe2torch.module import build
from caffe2torch.module.stopwatch import fastest

if TYPE_CHECKING:
    from onnx import ModelProto

LIMIT, HALF_LIMIT = 1e-4, 2e-2
"""More than this share of the largest value is no rounding of float32, or float16."""
RUNS, ENOUGH = 3, 1.0
"""How often a model runs to be timed, and the seconds after which once more is none; the fastest
run counts."""


@dataclass(frozen=True)
class Result:
    """What an engine makes of a model.

    difference:   the largest of any output, as a share of the largest value of it; None if the
                  engine cannot run it
    milliseconds: of one run
    problem:      what the engine says where it cannot
    layer:        the first layer that differs, or that the engine cannot load; "" for none
    around:       layers that choose by rank, if the difference is that of the parts around them
    """

    engine: str
    version: str
    difference: float | None = None
    milliseconds: float | None = None
    problem: str = ""
    layer: str = ""
    limit: float = LIMIT
    around: Sequence[str] = ()

    @property
    def equal(self) -> bool:
        """Whether the engine computes what the graph does."""
        return self.difference is not None and self.difference <= self.limit


def check(model: ModelProto, subject: Conversion, engine: ModuleType) -> Result:
    """Run a model in an engine, on the inputs of the conversion that it was written from."""
    limit = HALF_LIMIT if subject.onnx.half else LIMIT
    version = engine.version()
    inputs, expected = trial(model, subject)
    given = {blob: value.numpy() for blob, value in inputs.items()}
    outputs = {blob: value.detach().numpy() for blob, value in expected.items()}
    try:
        run = loaded(engine, model.SerializeToString())
        results, best = _timed(run, given)
    except Exception as error:  # noqa: BLE001  engines raise their own kinds
        search = Search(model, subject, engine, limit)
        return Result(
            engine.TITLE, version, problem=_reason(error), layer=search.first(), limit=limit
        )
    names = subject.graph.outputs
    tensors = {n: torch.as_tensor(r) for n, r in zip(names, results, strict=True)}
    values = {n: value.numpy() for n, value in unpadded(subject.graph, tensors).items()}
    for name in tables(subject.graph).intersection(names):
        values[name] = matched(values[name], outputs[name])
    gap = max((distance(values[name], outputs[name]) for name in names), default=0.0)
    milliseconds = 1000 * best
    # a table without rows says nothing of what it was made from
    empty = choices(subject.graph) and not all(value.size for value in outputs.values())
    if gap <= limit and not empty:
        return Result(engine.TITLE, version, gap, milliseconds, limit=limit)
    apart = _around_choices(model, subject, engine, inputs)
    if apart <= limit:
        names = [node.name for node in choices(subject.graph)]
        return Result(engine.TITLE, version, apart, milliseconds, limit=limit, around=names)
    layer = Search(model, subject, engine, limit).first()
    gap = max(gap, apart) if empty else gap
    return Result(engine.TITLE, version, gap, milliseconds, layer=layer, limit=limit)


def _around_choices(
    model: ModelProto, subject: Conversion, engine: ModuleType, inputs: dict[str, Tensor]
) -> float:
    """The largest difference of the model's parts; infinite where it has none, or one fails."""
    if not choices(subject.graph):
        return float("inf")
    try:
        return gap_of_parts(model, subject, partial(loaded, engine), inputs)
    except Exception:  # noqa: BLE001  engines raise their own kinds
        return float("inf")


def _timed(run: Run, given: Mapping[str, Array]) -> tuple[list[Array], float]:
    """The results, and the seconds of the fastest run."""
    results: list[Array] = []

    def once() -> None:
        results[:] = run(given)

    return results, fastest(once, RUNS, ENOUGH)


def _reason(error: Exception) -> str:
    """The last line that says something; engines begin with where in their source it is."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[-1] if lines else type(error).__name__)[:300]


class Search:
    """Looks for the first layer whose blobs an engine gets wrong, or cannot compute.

    Each blob is asked for by a model that ends there, so that the engine joins layers as in the
    whole model.
    """

    def __init__(
        self, model: ModelProto, subject: Conversion, engine: ModuleType, limit: float
    ) -> None:
        self.model, self.subject, self.engine, self.limit = model, subject, engine, limit
        self.inputs, _ = trial(model, subject)
        self.given = {blob: value.numpy() for blob, value in self.inputs.items()}
        self.blobs = dict(_blobs(model, subject))
        self.values: dict[str, Array] = {}
        self.known: dict[str, bool] = {}

    def first(self) -> str:
        """The layer, "" if each blob by itself is right."""
        blobs = list(self.blobs)
        forget(self.subject.built)
        with torch.no_grad():
            inputs = {blob: value.clone() for blob, value in self.inputs.items()}
            values = build.run(self.subject.built, inputs, blobs)
        values = unpadded(self.subject.graph, values)
        self.values = {blob: value.detach().numpy() for blob, value in values.items()}
        low, high = 0, len(blobs) - 1
        if high < 0 or self.right(blobs[high]):
            high = next((i for i, blob in enumerate(blobs) if not self.right(blob)), -1)
            return self.blobs[blobs[high]] if high >= 0 else ""
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if self.right(blobs[middle]) else (low, middle)
        return self.blobs[self._above(blobs[high])]

    def _above(self, blob: str) -> str:
        """The wrong blob that only depends on right ones, upwards from a wrong one."""
        graph = self.subject.graph
        while True:
            node = graph.nodes[graph.memory.makers[blob]]
            sources = [graph.memory.first(bottom) for bottom in node.bottoms]
            wrong = [one for one in sources if one in self.blobs and not self.right(one)]
            if not wrong or wrong[0] == blob:
                return blob
            blob = wrong[0]

    def right(self, blob: str) -> bool:
        """Whether the engine computes a blob as the graph does."""
        if blob not in self.known:
            try:
                (result,) = loaded(self.engine, section(self.model, [blob]))(self.given)
                table = unpadded(self.subject.graph, {blob: torch.as_tensor(result)})
                value = table[blob].numpy()
                if blob in tables(self.subject.graph):
                    value = matched(value, self.values[blob])
                gap = distance(value, self.values[blob])
                self.known[blob] = gap <= self.limit
            except Exception:  # noqa: BLE001  engines raise their own kinds
                self.known[blob] = False
        return self.known[blob]


def _blobs(model: ModelProto, subject: Conversion) -> Iterator[tuple[str, str]]:
    """Blobs that the model has under their names, in the net's order, and who makes them."""
    written = {name for node in model.graph.node for name in node.output}
    last = {}
    for i, node in enumerate(subject.graph.nodes):
        if not node.layer.source and not node.layer.silent:
            last.update(dict.fromkeys(node.tops, (i, node.name)))
    for blob, (_, layer) in sorted(last.items(), key=lambda item: item[1][0]):
        if blob in written:
            yield blob, layer
