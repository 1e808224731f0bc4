"""Wires a net layer by layer, as Net::Init does.

Source: Caffe src/caffe/net.cpp (Net::Init, AppendTop, AppendBottom, AppendParam)
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from caffe2torch import caffe_pb2 as pb
from caffe2torch import layers
from caffe2torch.errors import C2TError, DataError, ShapeError, plural
from caffe2torch.graph import assumed as _assumed
from caffe2torch.graph import backward, no_effect, params, stubs, unknown, unreproduced
from caffe2torch.graph.filtering import Entry, filter_layers, insert_splits
from caffe2torch.graph.memory import Memory
from caffe2torch.graph.model import Graph, Node, ParamRef
from caffe2torch.graph.stubs import Weights
from caffe2torch.layers._unknown import Unknown
from caffe2torch.layers.base import Blob, Count, Layer, Shape, Site, allows

if TYPE_CHECKING:
    from caffe2torch.format.upgrade import Net

AUTOMATIC = "(automatic)"
MOST = 0x7FFFFFFF
_FORKS = (no_effect, unreproduced)


@dataclass(frozen=True)
class Request:
    """What to wire: a net in a state.

    input_shapes: blob -> shape, in place of what an Input layer says
    assume:       give source layers whose files are missing their most plausible shapes
    unknown:      keep layers of unknown types, without shapes, instead of refusing them
    stubs:        let classes to be filled in stand for layers that cannot run here; the shapes of
                  their weights by layer, None to refuse such layers
    """

    net: Net
    state: pb.NetState
    input_shapes: Mapping[str, Shape]
    assume: bool
    unknown: bool = False
    stubs: Weights | None = None


@dataclass(frozen=True)
class Stuck:
    """Where the wiring of a net ended, and why.

    error:   what a layer refused, with the layer's name and position
    layer, site: that layer, None if it was not even found
    nodes:   the layers before it
    assumed: top -> shape that was assumed for it, where another one is possible
    rests:   whether shapes of this net were guessed at all
    """

    error: C2TError
    layer: Layer | None
    site: Site | None
    nodes: list[Node]
    assumed: dict[str, Shape]
    rests: bool


def wire(request: Request, guesses: Mapping[str, Shape] = MappingProxyType({})) -> Graph | Stuck:
    """Wire a net layer by layer.

    guesses: top -> shape to assume for it, where the request lets shapes be assumed.
    Raises GraphError for rules and bottoms that are wrong before any layer is looked at.
    """
    entries = insert_splits(request.net, filter_layers(request.net, request.state))
    if not request.unknown and request.stubs is None:
        unknown.refuse(request.net, entries)
    walk = _Walk(request, guesses)
    for entry in entries:
        if not entry.param.HasField("phase"):
            entry.param.phase = request.state.phase
        try:
            walk.add(entry)
        except C2TError as error:
            _locate(error, request.net, entry)
            return walk.stuck(error)
    backward.prune(walk.nodes)
    if request.net.message.force_backward:
        backward.force(walk.nodes)
    backward.fill(walk.nodes)
    _find_sharing(walk.nodes)
    return walk.graph(entries)


def _find_sharing(nodes: list[Node]) -> None:
    """Tell layers that overwrite their first bottom which others lie in its memory."""
    joining = [node for node in nodes if node.site.in_place and len(node.bottoms) > 1]
    cells = Memory.of(nodes).cells if joining else {}
    for node in joining:
        first, *others = (cells[blob] for blob in node.bottoms)
        node.site.sharing = tuple(j for j, cell in enumerate(others, start=1) if cell == first)


class _Walk:
    """The state of Net::Init while it walks over the layers."""

    def __init__(self, request: Request, guesses: Mapping[str, Shape]) -> None:
        self.net, self.state, self.assume = request.net, request.state, request.assume
        self.input_shapes, self.guesses = request.input_shapes, guesses
        self.unshaped: set[str] | None = set() if request.unknown else None
        self.weights, self.stubs = request.stubs, dict[str, Layer]()
        self.assumed: dict[str, Shape] = {}
        self.layer: Layer | None = None
        self.site: Site | None = None
        self.shapes: dict[str, Shape] = {}
        self.available: dict[str, None] = {}
        self.needs: dict[str, bool] = {}
        self.named: dict[str, ParamRef] = {}
        self.nodes: list[Node] = []
        self.params: list[ParamRef] = []
        self.notes: list[str] = []
        self.guessed: dict[str, str] = {}

    def stuck(self, error: C2TError) -> Stuck:
        """Return where the walk is, as the place of an error."""
        return Stuck(
            error, self.layer, self.site, self.nodes, self.assumed, rests=bool(self.guessed)
        )

    def graph(self, entries: list[Entry]) -> Graph:
        """Return the graph, once all layers are there."""
        filtered = pb.NetParameter()
        filtered.CopyFrom(self.net.message)
        del filtered.layer[:]
        filtered.state.CopyFrom(self.state)
        filtered.layer.extend(entry.param for entry in entries)
        forks = _FORKS if self.unshaped is None else (*_FORKS, unknown)
        weights = {
            top: weight
            for node in self.nodes
            for top, weight in zip(node.tops, node.loss_weights, strict=True)
            if weight and node.type != "Parameter"  # ClearParamDiffs clears it, too
        }
        return Graph(
            name=self.net.message.name,
            net=self.net,
            train=self.state.phase == pb.TRAIN,
            nodes=self.nodes,
            inputs=[top for n in self.nodes if n.type == "Input" for top in n.tops],
            outputs=sorted(self.available, key=lambda blob: blob.encode()),
            loss_weights=weights,
            params=self.params,
            shapes=self.shapes,
            unshaped=frozenset(self.unshaped or ()),
            filtered=filtered,
            guessed=self.guessed,
            notes=[
                *self.notes,
                *filter(None, (part.note(filtered) for part in forks)),
                *filter(None, [stubs.note(self.stubs)]),
            ],
        )

    def add(self, entry: Entry) -> None:
        """Wire the next layer. Raises C2TError for what it refuses."""
        self.layer = self.site = None
        param = entry.param
        layer = self._layer(entry)
        bottom_needs = self._take_bottoms(param)
        written = [spec.lr_mult for spec in param.param]
        site = self._site(entry, layer)
        self.layer, self.site = layer, site
        self._check_counts(layer, site)
        tops = self._tops(layer, site)
        shapes, blobs = self._sizes(layer, site)
        node = Node(
            site=site,
            layer=layer,
            index=entry.index,
            bottoms=list(param.bottom),
            tops=tops,
            bottom_shapes=site.bottoms,
            top_shapes=shapes,
            blobs=blobs,
            loss_weights=_loss_weights(layer, param, len(tops)),
            params=params.references(param, blobs, not layer.stands_in),
            bottom_need_backward=bottom_needs,
        )
        self.shapes.update(zip(tops, shapes, strict=True))
        node.param_need_backward = params.needs_backward(node.params, written)
        try:
            self.params += params.share(node.params, param.param, self.named)
        except ShapeError as error:
            error.assumed = error.assumed or _assumed.behind(node.site, self.guessed)
            raise
        self._set_needs(node)
        self.nodes.append(node)

    def _sizes(self, layer: Layer, site: Site) -> tuple[list[Shape], dict[str, Blob]]:
        try:
            return self._infer(layer, site), layer.blobs(site)
        except ShapeError as error:
            error.assumed = _assumed.rests_on(layer, site, error, self.guessed)
            raise

    def _set_needs(self, node: Node) -> None:
        """Whether a layer and its tops need a gradient, going by its bottoms and parameters."""
        needs = [self.needs.get(blob, False) for blob in node.bottoms]
        learns = any(node.param_need_backward)
        node.need_backward = learns or any(needs)
        top_needs = node.layer.top_needs(needs, node.site, learns)
        for top, need in zip(node.tops, top_needs, strict=True):
            self.needs[top] = self.needs.get(top, False) or need

    def _take_bottoms(self, param: pb.LayerParameter) -> list[bool]:
        """Take a layer's bottoms from what is available; return which of them want a gradient."""
        if param.propagate_down and len(param.propagate_down) != len(param.bottom):
            raise ShapeError(
                f"{plural(len(param.propagate_down), 'propagate_down value')} for "
                f"{plural(len(param.bottom), 'bottom')}",
                field="propagate_down",
                hint="write it once per bottom, or not at all",
            )
        needs = []
        for j, blob in enumerate(param.bottom):
            if blob not in self.available:
                raise ShapeError(
                    f'bottom "{blob}" is not available here: another layer has read or '
                    "overwritten it",
                    field="bottom",
                )
            del self.available[blob]
            need = self.needs.get(blob, False)
            needs.append(param.propagate_down[j] if param.propagate_down else need)
        return needs

    def _layer(self, entry: Entry) -> Layer:
        """The layer type; a stand-in for an unknown one, and behind it, if that is asked for."""
        param = entry.param
        if self.weights is not None:
            return self._stub(entry, self.weights) or layers.chosen(param)
        if self.unshaped is None:
            return layers.chosen(param)
        if self.unshaped.isdisjoint(param.bottom) and not unknown.is_unknown(param):
            return layers.chosen(param)
        self.unshaped.update(param.top)
        return Unknown()

    def _stub(self, entry: Entry, weights: Weights) -> Layer | None:
        stub = stubs.stub(self.net, entry.index, entry.param, weights)
        if stub is not None and not stub.source:
            self.stubs[entry.param.name] = stub
        return stub

    def _site(self, entry: Entry, layer: Layer) -> Site:
        param = entry.param
        return Site(
            name=param.name,
            type=layer.type or param.type,
            param=param,
            train=param.phase == pb.TRAIN,
            bottoms=[self.shapes[blob] for blob in param.bottom],
            bottom_names=list(param.bottom),
            top_names=list(param.top),
            base=str(Path(self.net.file).parent) if self.net.file else "",
            own_phase=param.phase != self.state.phase,
        )

    def _check_counts(self, layer: Layer, x: Site) -> None:
        bottoms, tops = layer.counts(x)
        hint = f"`c2t layers {layer.type}` says what it reads and makes"
        _check_count(len(x.bottom_names), bottoms, "bottom", hint)
        if layer.loss and x.n_tops < _least(tops):
            x.top_names += [AUTOMATIC] * (_least(tops) - x.n_tops)
        _check_count(x.n_tops, tops, "top", hint)
        if layer.equal and len(x.bottom_names) != x.n_tops:
            raise ShapeError(
                f"has {plural(len(x.bottom_names), 'bottom')} and {plural(x.n_tops, 'top')}",
                field="top",
                hint="it makes one top per bottom",
            )

    def _tops(self, layer: Layer, x: Site) -> list[str]:
        for j, blob in enumerate(x.top_names):
            if blob == AUTOMATIC:
                continue
            in_place = j < len(x.bottom_names) and blob == x.bottom_names[j]
            if not in_place and blob in self.shapes:
                raise ShapeError(
                    f'top "{blob}" is produced by multiple sources',
                    field="top",
                    hint="give this top a name of its own, or make it in place: the bottom at "
                    "the same position must have the same name and no other reader",
                )
            self.shapes.setdefault(blob, ())
            self.available[blob] = None
        return list(x.top_names)

    def _infer(self, layer: Layer, x: Site) -> list[Shape]:
        if layer.type == "Input" and any(blob in self.input_shapes for blob in x.top_names):
            if all(blob in self.input_shapes for blob in x.top_names):
                return [tuple(self.input_shapes[blob]) for blob in x.top_names]
            written = zip(x.top_names, layer.shapes(x), strict=True)
            return [tuple(self.input_shapes.get(blob, shape)) for blob, shape in written]
        try:
            shapes = layer.shapes(x)
            if self.assume and layer.type == "Input" and not x.param.input_param.shape:
                raise DataError("no shape is written")
        except DataError as error:
            if not (self.assume and (layer.source or layer.stands_in)):
                raise
            shapes = self._assume(layer, x, error)
        self.notes += [f'layer "{x.name}" ({x.type}): {note}' for note in x.notes]
        for shape in shapes:
            _check_size(shape)
        if len(shapes) != x.n_tops:
            raise ShapeError(
                f"makes {plural(len(shapes), 'top')} here, and has {x.n_tops}", field="top"
            )
        guess = _assumed.behind(x, self.guessed)
        self.guessed |= dict.fromkeys(x.top_names, guess) if guess else {}
        return shapes

    def _assume(self, layer: Layer, x: Site, missing: DataError) -> list[Shape]:
        """The guessed or most plausible shapes of a source whose files are missing, with a note."""
        plausible = zip(x.top_names, _assumed.first(layer, x, self.net.message), strict=False)
        shapes = {top: self.guesses.get(top, shape) for top, shape in plausible}
        certain = {x.top_names[i] for i in layer.certain if i < x.n_tops}
        self.assumed |= {top: shape for top, shape in shapes.items() if top not in certain}
        self.guessed |= _assumed.note(x, list(shapes.values()))
        self.notes.append(
            f'layer "{x.name}" ({x.type}): {missing.message}; assumed shapes '
            + ", ".join(f"{top} {shape}" for top, shape in shapes.items())
        )
        return list(shapes.values())


def _locate(error: C2TError, net: Net, entry: Entry) -> None:
    """Put the layer's name and position on an error that has none."""
    if error.span is None and entry.index is not None:
        param = entry.param
        error.span = net.span(entry.index, getattr(error, "field", ""))
        what = f" ({param.type})" if param.type not in error.message else ""
        error.message = f'layer "{param.name}"{what}: {error.message}'


def _check_size(shape: Shape) -> None:
    """Raise ShapeError for what Blob::Reshape refuses."""
    if any(dim < 0 for dim in shape):
        raise ShapeError(f"would make a blob of shape {shape}", field="")
    if math.prod(shape) > MOST:
        raise ShapeError(
            f"would make a blob of shape {shape}: {math.prod(shape):,} values, and Caffe counts "
            f"up to {MOST:,}",
            hint="use a smaller batch, and iter_size to make up for it",
        )


def _least(count: Count) -> int:
    return count if isinstance(count, int) else count[0]


def _check_count(n: int, allowed: Count, noun: str, hint: str) -> None:
    if allows(allowed, n):
        return
    least, most = (allowed, allowed) if isinstance(allowed, int) else allowed
    if least == most:
        wanted = plural(least, noun)
    elif most is None:
        wanted = f"at least {plural(least, noun)}"
    else:
        wanted = f"{least} to {plural(most, noun)}"
    raise ShapeError(f"takes {wanted}, has {n}", field=noun if n else "", hint=hint)


def _loss_weights(layer: Layer, param: pb.LayerParameter, n_tops: int) -> list[float]:
    weights = list(param.loss_weight)
    if layer.loss and not weights:
        weights = [1.0]
    if weights and len(weights) != n_tops:
        raise ShapeError(
            f"{plural(len(weights), 'loss weight')} for {plural(n_tops, 'top')}",
            field="loss_weight",
            hint="write loss_weight once per top, or not at all",
        )
    return weights or [0.0] * n_tops
