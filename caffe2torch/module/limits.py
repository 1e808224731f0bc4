"""What a net may ask for: layers that can be built in seconds, memory that the machine has.

A file of 1 MB can name 17,000 layers, or one layer of 10^15 weights. Such a net is refused before
any of it is made, at its place in the file.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Iterable
from math import ceil, inf, prod
from pathlib import Path
from typing import Literal

from caffe2torch.errors import GraphError
from caffe2torch.graph.model import Graph, Node
from caffe2torch.layers.base import Role, Shape

LAYERS = "C2T_MOST_LAYERS"
"""Sets how many layers a net may have that is built."""
STEPS = "C2T_MOST_STEPS"
"""Sets how many steps its layers may take, one after the other."""
MEMORY = "C2T_MEMORY"
"""Sets how many GB a net may take, in place of three quarters of what is free."""
SHARE = 0.75
"""Of what is free: what a net takes at least is less than what it takes."""
MOST_LAYERS = 4000
"""Building takes about a millisecond a layer; the largest nets in use have 2,000 to 3,500."""
MOST_STEPS = 10_000
"""A step of a recurrent layer takes up to a millisecond, forward and backward."""
RANDOM = 1e9
"""Bytes of weights that a net without trained ones is converted with."""
FLOAT = 4
GB = 1e9
Use = Literal["build", "run", "train"]


def check_layers(
    graph: Graph, most: int = MOST_LAYERS, what: str = "are built", steps: int = MOST_STEPS
) -> None:
    """Refuse a net of too many layers, or of too many steps.

    Raises: GraphError, which says how to raise the limit.
    """
    limit = _setting(LAYERS) or most
    count = len(graph.nodes)
    if count > limit:
        raise GraphError(
            f'net "{graph.name}" has {count:,} layers, and nets of up to {limit:,.0f} {what}',
            hint=f"to try it all the same: {LAYERS}={count} c2t ...",
            span=graph.span(graph.nodes[int(limit)]),
        )
    check_steps(graph, steps, what)


def check_steps(graph: Graph, most: int = MOST_STEPS, what: str = "are built") -> None:
    """Refuse a net whose layers do too much one after the other, such as an LSTM over 10^5 steps.

    Raises: GraphError at the layer that takes most, which says how to raise the limit.
    """
    limit = _setting(STEPS) or most
    steps = [node.layer.steps(node.site) for node in graph.nodes]
    if sum(steps) > limit:
        node = graph.nodes[steps.index(max(steps))]
        raise GraphError(
            f'layer "{node.name}" ({node.type}) with bottoms {_listed(node.bottom_shapes)} takes '
            f"{max(steps):,} steps one after the other, the net {sum(steps):,}, and nets of up to "
            f"{limit:,.0f} {what}",
            hint=f"shorter sequences and fewer groups need less; to try it all the same: "
            f"{STEPS}={sum(steps)} c2t ...",
            span=graph.span(node),
        )


def _listed(shapes: Iterable[Shape]) -> str:
    return " and ".join(map(str, shapes))


def check_memory(graph: Graph, use: Use, most: float = inf) -> None:
    """Refuse a net that needs more than its share of the memory that is free, at least.

    most: bytes that it may take even where more are free

    Raises: GraphError at the layer that takes most.
    """
    free, given = free_memory(), _setting(MEMORY) * GB
    limit = given or min(most, inf if free is None else SHARE * free)
    needed = required(graph, use)
    if needed <= limit:
        return
    node = max(graph.nodes, key=_size)
    if given or free is None:
        allowed = f"{_text(limit)} are free"
    elif limit == most:
        allowed = f"{_text(limit)} are usual for random weights"
    else:
        allowed = f"{_text(free)} are free, of which it may take {_text(limit)}"
    part = "weights" if 2 * _weights(node) > _size(node) else "blobs"
    raise GraphError(
        f'layer "{node.name}" ({node.type}) takes {_text(_size(node))}, most of it {part}; the '
        f"net needs at least {_text(needed)}, and {allowed}",
        hint="smaller sizes or a smaller batch need less; to try it all the same: "
        f"{MEMORY}={ceil(needed / GB)} c2t ...",
        span=graph.span(node),
    )


def required(graph: Graph, use: Use) -> int:
    """The bytes that a net takes at least for a use.

    Its parameters; if it runs, the blobs of the largest layer; if it is trained, gradients of the
    parameters, and the blobs that backward needs for sure.
    """
    refs = [ref for node in graph.nodes for ref in node.params]
    refs = [ref for ref in refs if ref.owner is None and ref.trained is None]
    weights = FLOAT * sum(prod(ref.shape) for ref in refs)
    if use == "build":
        return weights
    largest = max(map(_blobs, graph.nodes), default=0)
    if use == "run":
        return weights + largest
    gradients = FLOAT * sum(prod(ref.shape) for ref in refs if ref.lr_mult and ref.blob.learnable)
    return weights + gradients + max(largest, _kept(graph))


def _kept(graph: Graph) -> int:
    """The bytes of blobs that backward needs: what weights and activations are applied to."""
    memory = graph.memory
    kept: dict[int, int] = {}
    for node in graph.nodes:
        if not node.need_backward:
            continue
        blobs = node.tops[:1] if node.layer.plays(Role.ACTIVATION) else []
        blobs += node.bottoms[:1] if any(ref.key == "weight" for ref in node.params) else []
        kept |= {memory.cells[blob]: prod(graph.shapes[blob]) for blob in blobs}
    return FLOAT * sum(kept.values())


def _size(node: Node) -> int:
    return _weights(node) + _blobs(node)


def _weights(node: Node) -> int:
    return FLOAT * sum(prod(ref.shape) for ref in node.params if ref.owner is None)


def _blobs(node: Node) -> int:
    """The bytes of a layer's bottoms and tops, as far as they are memory of their own."""
    blobs = dict(zip(node.bottoms, node.bottom_shapes, strict=True))
    if not node.layer.shares_bottom(node.site):
        blobs |= dict(zip(node.tops, node.top_shapes, strict=True))
    return FLOAT * sum(map(prod, blobs.values()))


def _setting(name: str) -> float:
    """What a variable of the environment says, infinity included; 0 for what is no limit."""
    try:
        value = float(os.environ.get(name, "0"))
    except ValueError:
        return 0.0
    return value if value > 0 else 0.0


def free_memory() -> int | None:
    """The bytes that this process may still take; None where nothing tells.

    The least of what the machine has, what its group may have, and its own `ulimit -v`.
    """
    known = [free for free in (_machine(), _group(), _process()) if free is not None]
    return min(known, default=None)


def _machine() -> int | None:
    values = {line.split(":")[0]: int(line.split()[1]) << 10 for line in _lines("/proc/meminfo")}
    if "MemAvailable" in values:
        return values["MemAvailable"] + values.get("SwapFree", 0)
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError, AttributeError):
        return None


def _group() -> int | None:
    """What the control group of a container leaves, without the caches that it can drop."""
    limit, used = (_number(f"/sys/fs/cgroup/memory.{name}") for name in ("max", "current"))
    if limit is None or used is None:
        return None
    stat = dict(line.split() for line in _lines("/sys/fs/cgroup/memory.stat"))
    return max(0, limit - used + int(stat.get("inactive_file", 0)))


def _process() -> int | None:
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    pages = next((int(line.split()[0]) for line in _lines("/proc/self/statm")), None)
    if limit == resource.RLIM_INFINITY or pages is None:
        return None
    return max(0, limit - pages * os.sysconf("SC_PAGE_SIZE"))


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []


def _number(path: str) -> int | None:
    text = "".join(_lines(path)).strip()
    return int(text) if text.isdecimal() else None


def _text(count: float) -> str:
    for unit, size in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6)):
        if count >= size:
            return f"{count / size:,.1f} {unit}"
    return f"{count:,.0f} bytes"
