"""What to do about a signal that vanishes or explodes, each with the numbers that it would give.

Order of preference: fillers that fit the activations; the scale of the input; BatchNorm. A rate
comes with each: the one at which weights move by 1 % of themselves a step (healthy: 0.1 to 5 %).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from caffe2torch.config.source import SourceUse
from caffe2torch.graph import wiring
from caffe2torch.graph.model import Node
from caffe2torch.layers.base import Role
from caffe2torch.lint import data_layers, fix, naming
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import FileEdit, Fix
from caffe2torch.lint.signal import Signal
from caffe2torch.lint.signal.numbers import show
from caffe2torch.lint.stability import stability

HEALTHY_STD = (0.1, 10.0)
"""Logit std between which nets were seen to train."""
MOST = 4
GOOD_UPDATE, STABLE_SHARE = 0.01, (0.3, 0.5)
UPDATE_BAND = (0.001, 0.054)
"""Median relative update a step at which nets were seen to train."""


@dataclass(frozen=True)
class Remedy:
    """One way out.

    title:  what is done
    signal: the prediction after it, at the solver's own base_lr
    edits:  of the net; () if it has to be done by hand
    norm:   whether it normalises: then rates are judged otherwise
    """

    title: str
    signal: Signal
    edits: tuple[FileEdit, ...]
    norm: bool = False

    @property
    def std(self) -> float:
        """Logit std from the input."""
        return self.signal.main.input_std if self.signal.main else 0.0

    @property
    def works(self) -> bool:
        return HEALTHY_STD[0] <= self.std <= HEALTHY_STD[1]

    def says(self) -> str:
        """Title and numbers."""
        main = self.signal.main
        loss = f", loss {show(main.loss, 3)}" if main and main.loss is not None else ""
        return f"{self.title}: logit std {show(self.std)}{loss}"


def remedies(c: Context) -> list[Remedy]:
    """What works here, the best first, at most MOST."""
    return list(islice(_working(c), MOST))


def _working(c: Context) -> Iterator[Remedy]:
    """What works, predicted only as far as somebody asks, and once for a context."""
    known, more = c.once(_search)
    yield from list(known)
    for remedy in more:
        known.append(remedy)
        yield remedy


def _search(c: Context) -> tuple[list[Remedy], Iterator[Remedy]]:
    """What was predicted so far, and the rest."""
    return [], (remedy for remedy in _all(c) if remedy.works)


def _all(c: Context) -> Iterator[Remedy]:
    fillers = _unfit(c)
    if fillers:
        yield _refilled(c, fillers)
    images = [s for s in c.train.sources if s.images]
    scales = _scales(c, images[0]) if images else []
    yield from (_rescaled(c, scale) for scale in scales)
    if not wiring.normalized(c.train.graph):
        signal = c.signal_with(norm=True)
        yield Remedy("BatchNorm and Scale behind each weight layer", signal, (), norm=True)
    if fillers:
        yield from (_rescaled(c, scale, fillers) for scale in scales)


def fitting_filler(c: Context, node: Node) -> str:
    """msra in front of rectifiers, xavier elsewhere and in the last layer."""
    return "msra" if wiring.rectified(c.train.graph, node) else "xavier"


def fillable(c: Context) -> list[Node]:
    """Layers whose weight_filler a fix may write."""
    return [
        node
        for node in c.train.nodes
        if node.layer.plays(Role.WEIGHTS) and node.layer.param_field and node.params
        and hasattr(getattr(node.param, node.layer.param_field), "weight_filler")
        and node.params[0].owner is None
    ]  # fmt: skip


def filler_edits(c: Context, fillers: dict[str, str]) -> tuple[FileEdit, ...]:
    """Edits that give layers these weight fillers."""
    edits: list[FileEdit] = []
    for node in fillable(c):
        if node.name in fillers and node.index is not None:
            path = f"{node.layer.param_field}.weight_filler"
            value = f'{{ type: "{fillers[node.name]}" }}'
            edits += fix.put_layer(c.train.net, node.index, path, value)
    return tuple(edits)


def _unfit(c: Context) -> dict[str, str]:
    """Layers whose filler does not fit their activation -> the one that does."""
    return {
        node.name: wanted
        for node in fillable(c)
        if getattr(node.param, node.layer.param_field).weight_filler.type
        != (wanted := fitting_filler(c, node))
    }


def _says(fillers: dict[str, str]) -> str:
    kinds = " and ".join(sorted(set(fillers.values())))
    return f"{kinds} fillers in {naming.counted(fillers)}"


def _refilled(c: Context, fillers: dict[str, str]) -> Remedy:
    return Remedy(_says(fillers), c.signal_with(fillers=fillers), filler_edits(c, fillers))


def _scales(c: Context, source: SourceUse) -> list[float]:
    """Scales worth trying: raw pixels, 1/256, and what gives the input a std of 1."""
    blob = c.signal.blobs.get(source.layer.top[0]) if source.layer.top else None
    std = blob.std if blob is not None else 0.0
    unit = [float(f"{source.scale / std:.1g}")] if std > 0 else []
    tried = [1.0, 0.00390625, *unit]
    return [s for s in dict.fromkeys(tried) if abs(s - source.scale) > 0.2 * source.scale]


def _rescaled(c: Context, scale: float, fillers: dict[str, str] | None = None) -> Remedy:
    kept = f"{_says(fillers)}" if fillers else "the fillers as they are"
    signal = c.signal_with(scale=scale, fillers=fillers)
    edits = _scale_edits(c, scale) + (filler_edits(c, fillers) if fillers else ())
    return Remedy(f"scale {fix.exact(scale)} and {kept}", signal, edits)


def _scale_edits(c: Context, scale: float) -> tuple[FileEdit, ...]:
    """The scale of every data layer, TEST too."""
    images = [source for source in c.sources if source.images]
    if scale == 1:
        return data_layers.drop_scale(images)
    return data_layers.put_scale(images, fix.exact(scale))


def best(c: Context) -> Remedy | None:
    """The first remedy that works and can be written by a fix."""
    return next((r for r in islice(_working(c), MOST) if r.edits), None)


def fix_of(remedy: Remedy) -> Fix:
    """The remedy as an unsafe fix."""
    return Fix(remedy.says(), remedy.edits)


def foretold(c: Context, remedy: Remedy) -> str:
    """What the remedy gives, and the lower rate that it then needs."""
    rate = None if remedy.norm else good_rate(c, remedy.signal)
    lower = rate is not None and rate < c.param.base_lr
    return remedy.says() + (f", base_lr {fix.number(rate)}" if rate and lower else "")


def good_rate(c: Context, signal: Signal) -> float | None:
    """A base_lr that trains, one digit, never raised.

    It makes the median relative update GOOD_UPDATE, within STABLE_SHARE of the largest stable rate:
    a net of few layers would take a hundred times as long, one of many layers would not survive.
    """
    median = signal.median_update
    if not median or not c.is_solver:
        return None
    edge = stability(c, signal)
    share = GOOD_UPDATE / median
    if edge:
        low, high = STABLE_SHARE
        share = min(max(share, low / edge), high / edge)
    return float(f"{c.param.base_lr * min(1.0, share):.1g}")
