"""A layer reads values that another one has written under another name.

What it does: looks for layers in place on the top of a Flatten, Reshape, Split, Slice or Concat of
one blob, whose bottom has another reader behind them; and on the top of a Parameter or of
DummyData's constants, which Caffe fills once.

Why: those layers copy nothing, their tops are the memory of their bottom. A TanH in place on a
Flatten of "pool1" is a TanH on "pool1" too, for every layer that reads it later, while its gradient
goes back only through the Flatten. Where the memory outlives a pass, the layer is applied again and
again. Caffe did train such nets, and caffe2torch reproduces them exactly; PyTorch code written from
the file, or another framework, gives other numbers.
Source: Caffe src/caffe/blob.cpp, ShareData, and the layers that call it.

Bad::

    layer { name: "flat" type: "Flatten" bottom: "pool1" top: "flat" }
    layer { name: "tanh" type: "TanH" bottom: "flat" top: "flat" }
    layer { name: "ip1" type: "InnerProduct" bottom: "pool1" top: "ip1" ... }

Good::

    layer { name: "flat" type: "Flatten" bottom: "pool1" top: "flat" }
    layer { name: "tanh" type: "TanH" bottom: "flat" top: "tanh" }
    layer { name: "ip1" type: "InnerProduct" bottom: "pool1" top: "ip1" ... }

Fix: the overwriting layer gets a top of its own, and what follows reads it. Unsafe: the net then
computes something else, what the file says.
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.graph import wiring
from caffe2torch.graph.model import Graph, Node
from caffe2torch.lint import in_place
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding

SEVERITY = "warning"
RANK = 49


def check(c: Context) -> Iterator[Finding]:
    """Yield one finding for each layer that overwrites what others read; in TEST only new ones."""
    reported: set[str] = set()
    for use in c.uses:
        for writer, blob, why in (*_read(use.graph), *_kept(use.graph)):
            if writer.name not in reported:
                reported.add(writer.name)
                yield Finding(
                    in_place.overwriting(use.graph, writer, blob),
                    use.span(writer.index, "top"),
                    hint="give it a top of its own",
                    about=writer.tops[0],
                    fix=in_place.own_top(use.net, writer),
                    why=why,
                )


def _read(graph: Graph) -> Iterator[tuple[Node, str, str]]:
    """(overwriting layer, blob, reason) for each blob that is read after it by another name."""
    for position, blob, writer in graph.memory.first_surprises():
        reader, shown = graph.nodes[position], wiring.known_as(graph, blob)
        why = f'layer "{reader.name}" ({reader.type}) reads "{shown}" after it'
        yield graph.nodes[writer], blob, why


def _kept(graph: Graph) -> Iterator[tuple[Node, str, str]]:
    """(overwriting layer, blob, reason) for memory that is not written anew at the next pass."""
    for blob, writers in graph.memory.persistent.items():
        maker = graph.nodes[graph.memory.makers[blob]]
        why = (
            f'Caffe\'s {maker.type} layer "{maker.name}" fills it only once: every pass applies it '
            "to what the last one left"
        )
        yield graph.nodes[writers[0]], blob, why
