"""A wired net in numbers, layer by layer: shapes, parameters, multiply-adds and memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from caffe2torch.errors import C2TError
from caffe2torch.format.upgrade import Net
from caffe2torch.graph import build_graph
from caffe2torch.graph.filtering import net_state
from caffe2torch.graph.model import Graph, Node
from caffe2torch.inspect.memory import Memory, running, tops_bytes, training
from caffe2torch.inspect.report import Options, Table
from caffe2torch.inspect.values import short, size, times
from caffe2torch.layers._unknown import Unknown

METHOD = "SGD"
BOTH = ("TRAIN", "TEST")


@dataclass
class Row:
    """One layer.

    parameters: learnable values that it owns; statistics: what it keeps besides (BatchNorm)
    macs:       multiply-adds of a forward over the batch (comparisons, for max pooling)
    activation: bytes of the tops that it takes memory for
    """

    node: Node
    parameters: int
    statistics: int
    macs: int
    activation: int

    @property
    def key(self) -> tuple[Any, ...]:
        """What is shown of it: equal in two phases if there is nothing to tell them apart."""
        return (self.node.name, self.node.type, self.node.tops, self.node.top_shapes)

    @property
    def data(self) -> dict[str, Any]:
        node = self.node
        return {
            "name": node.name,
            "type": node.type,
            "bottoms": node.bottoms,
            "tops": dict(zip(node.tops, node.top_shapes, strict=True)),
            "parameters": self.parameters,
            "parameter_shapes": {key: blob.shape for key, blob in node.blobs.items()},
            "macs": self.macs,
            "activation_bytes": self.activation,
        }


@dataclass
class Summary:
    """A net in one state; `method` is the solver type that its training memory is for."""

    graph: Graph
    method: str = METHOD

    @cached_property
    def rows(self) -> list[Row]:
        """The layers as the file has them, without the Splits that Caffe inserts."""
        owned = {id(ref) for ref in self.graph.params}
        return [_row(node, owned) for node in self.graph.nodes if node.index is not None]

    @property
    def phase(self) -> str:
        return "TRAIN" if self.graph.train else "TEST"

    @cached_property
    def batch(self) -> int | None:
        """Items in a batch: the first axis of the first source, None where it has none."""
        shapes = [shape for node in self.graph.sources for shape in node.top_shapes[:1] if shape]
        return shapes[0][0] if shapes else None

    @cached_property
    def parameters(self) -> int:
        return sum(row.parameters for row in self.rows)

    @cached_property
    def statistics(self) -> int:
        return sum(row.statistics for row in self.rows)

    @cached_property
    def macs(self) -> int:
        return sum(row.macs for row in self.rows)

    @cached_property
    def macs_learned(self) -> int:
        """Those in layers with parameters, which is what publications count."""
        return sum(row.macs for row in self.rows if row.parameters or row.node.params)

    @cached_property
    def memory(self) -> list[Memory]:
        """To run it, and to train it where something is trained."""
        estimates = [running(self.graph)]
        trained = self.graph.loss_weights and any(n.need_backward for n in self.graph.nodes)
        if self.graph.train and trained:
            estimates.insert(0, training(self.graph, self.method))
        return estimates

    @property
    def data(self) -> dict[str, Any]:
        return {
            "phase": self.phase,
            "batch": self.batch,
            "layers": [row.data for row in self.rows],
            "outputs": {blob: self.graph.shapes[blob] for blob in self.graph.outputs},
            "parameters": self.parameters,
            "statistics": self.statistics,
            "macs": self.macs,
            "macs_learned": self.macs_learned,
            "activation_bytes": sum(row.activation for row in self.rows),
            "memory": {memory.purpose: memory.data for memory in self.memory},
            "notes": self.graph.notes,
        }


def _row(node: Node, owned: set[int]) -> Row:
    learnable = statistics = 0
    for ref in node.params:
        if id(ref) in owned:
            learnable += ref.blob.count * ref.blob.learnable
            statistics += ref.blob.count * (not ref.blob.learnable)
    macs = node.layer.cost(node.site, node.top_shapes)
    return Row(node, learnable, statistics, macs, tops_bytes(node))


@dataclass
class Phases:
    """The summaries of the phases that can be wired, and why the others cannot."""

    summaries: list[Summary] = field(default_factory=list)
    errors: dict[str, C2TError] = field(default_factory=dict)


def phases(net: Net, options: Options) -> Phases:
    """Wire a net in one phase or both. Raises: the first error if none can be."""
    built = Phases()
    for phase in (options.phase.upper(),) if options.phase else BOTH:
        state = net_state(net, phase, options.level, options.stages)
        try:
            built.summaries.append(Summary(build_graph(net, state, assume=True, unknown=True)))
        except C2TError as error:
            built.errors[phase] = error
    if not built.summaries:
        raise next(iter(built.errors.values()))
    return built


def body(built: Phases) -> Iterator[str | Table]:
    """Yield what is printed; two phases with the same layers are told once, none without any."""
    summaries = [s for s in built.summaries if s.rows] or built.summaries[:1]
    same = len(summaries) == 2 and len({str([r.key for r in s.rows]) for s in summaries}) == 1
    for summary in summaries[: 1 if same else 2]:
        yield ""
        yield from _body(summary, " and ".join(BOTH) if same else summary.phase)
    for summary in built.summaries:
        if summary not in summaries:
            yield f"\n{summary.phase}: no layers"
    for phase, error in built.errors.items():
        yield f"\n{phase}: not built: {error}"


def _body(summary: Summary, title: str) -> Iterator[str | Table]:
    batch = "" if summary.batch is None else f", batch {summary.batch}"
    yield f"{title}: {len(summary.rows)} layers{batch}"
    yield Table(
        ("layer", "type", "output", "parameters", "MACs", "memory"),
        [_cells(row) for row in summary.rows],
        left=3,
    )
    yield from totals(summary)
    yield from (f"note: {note}" for note in summary.graph.notes)


def _cells(row: Row) -> tuple[str, ...]:
    known = not isinstance(row.node.layer, Unknown)
    shapes = " ".join(times(shape) if known else "?" for shape in row.node.top_shapes)
    held = row.parameters + row.statistics
    count = f"{held:,}" if held else "shared" if row.node.params else ""
    macs = short(row.macs) if row.macs else ""
    return (row.node.name, row.node.type, shapes, count, macs, _bytes(row.activation))


def _bytes(count: int) -> str:
    return size(count) if count else ""


def totals(summary: Summary) -> Iterator[str]:
    """Yield the sums: parameters, multiply-adds, and the memory to train and to run."""
    more = f" and {summary.statistics:,} statistics" if summary.statistics else ""
    yield f"parameters   {summary.parameters:,}{more}"
    if summary.macs:
        yield f"MACs         {_macs(summary)}"
    for memory in summary.memory:
        parts = [f"{n.replace('_', ' ')} {size(c)}" for n, c in memory.parts.items() if c]
        with_ = f" with {memory.method}" if memory.method else ""
        purpose = f"to {memory.purpose}{with_}"
        yield f"{purpose:12} about {size(memory.total)} (estimate): {', '.join(parts)}"


def _macs(summary: Summary) -> str:
    each = summary.batch or 1
    item = f", {short(summary.macs / each)} an item" if each > 1 else ""
    learned = f"{short(summary.macs_learned / each)} in layers with parameters"
    return f"{short(summary.macs)} a batch{item}, of which {learned}"
