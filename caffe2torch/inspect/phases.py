"""A net in its TRAIN and TEST states, as lines and a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from caffe2torch.errors import C2TError
from caffe2torch.format.upgrade import Net
from caffe2torch.graph import build_graph, net_state
from caffe2torch.inspect.report import Options, Table
from caffe2torch.inspect.summary import Row, Summary
from caffe2torch.inspect.values import short, size, times

BOTH = ("TRAIN", "TEST")


@dataclass
class Phases:
    """The summaries of the phases that can be wired, and why the others cannot."""

    summaries: list[Summary] = field(default_factory=list)
    errors: dict[str, C2TError] = field(default_factory=dict)


def phases(net: Net, options: Options) -> Phases:
    """Wire a net in one phase or both. Raises: the first error if none can be."""
    found = Phases()
    for phase in (options.phase.upper(),) if options.phase else BOTH:
        state = net_state(net, phase, options.level, options.stages)
        try:
            found.summaries.append(Summary(build_graph(net, state, assume=True)))
        except C2TError as error:
            found.errors[phase] = error
    if not found.summaries:
        raise next(iter(found.errors.values()))
    return found


def body(found: Phases) -> Iterator[str | Table]:
    """Yield what is printed; two phases with the same layers are told once."""
    summaries = found.summaries
    same = len(summaries) == 2 and len({str([r.key for r in s.rows]) for s in summaries}) == 1
    for summary in summaries[: 1 if same else 2]:
        yield ""
        yield from _body(summary, " and ".join(BOTH) if same else summary.phase)
    for phase, error in found.errors.items():
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
    shapes = " ".join(times(shape) for shape in row.node.top_shapes)
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
