"""A net as Caffe wires it: filtered by state, splits inserted, shapes known. No torch here.

Source: Caffe src/caffe/net.cpp (Net::Init, FilterNet, AppendTop, AppendBottom, AppendParam) and
src/caffe/util/insert_splits.cpp (InsertSplits).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from caffe2torch import caffe_pb2 as pb
from caffe2torch import layers
from caffe2torch.errors import C2TError, DataError, GraphError, ShapeError, Span
from caffe2torch.graph import assumed as _assumed
from caffe2torch.graph import fitting as _fitting
from caffe2torch.graph import no_effect as _without_effect
from caffe2torch.layers.base import Blob, Count, Layer, Shape, Site, plural

if TYPE_CHECKING:
    from caffe2torch.format.upgrade import Net

AUTOMATIC = "(automatic)"
MOST = 0x7FFFFFFF


@dataclass
class ParamRef:
    """One parameter blob of one layer; `owner` is itself unless the blob is shared by name."""

    layer: str
    index: int
    key: str
    blob: Blob
    name: str
    lr_mult: float
    decay_mult: float
    owner: ParamRef | None = None
    has_lr: bool = False
    has_decay: bool = False

    @property
    def shape(self) -> Shape:
        return self.blob.shape


@dataclass
class Node:
    """One layer of the graph, with the names and shapes of its blobs.

    `index` is its position in the net file's (upgraded) layer list, None for a Split that was
    inserted. `module` is the name of its submodule, once a module has been built.
    `need_backward` and `bottom_need_backward` are Caffe's flags of the same names.
    """

    site: Site
    layer: Layer
    index: int | None
    bottoms: list[str]
    tops: list[str]
    bottom_shapes: list[Shape]
    top_shapes: list[Shape]
    blobs: dict[str, Blob]
    loss_weights: list[float]
    params: list[ParamRef] = field(default_factory=list)
    need_backward: bool = False
    bottom_need_backward: list[bool] = field(default_factory=list)
    param_need_backward: list[bool] = field(default_factory=list)
    module: str = ""

    @property
    def name(self) -> str:
        return self.site.name

    @property
    def type(self) -> str:
        return self.site.type

    @property
    def param(self) -> pb.LayerParameter:
        return self.site.param


@dataclass
class Graph:
    """A net in one state. `nodes` are in Caffe's order, Split layers included.

    outputs:      blobs that nothing consumes, in alphabetical order as Caffe prints them
    loss_weights: blob -> weight, for blobs with a weight other than 0
    params:       learnable parameters in Caffe's order (owners only)
    shapes:       blob -> shape at the end of forward
    notes:        what a user should be told (assumed shapes, ignored fields)
    """

    name: str
    net: Net
    train: bool
    nodes: list[Node]
    inputs: list[str]
    outputs: list[str]
    loss_weights: dict[str, float]
    params: list[ParamRef]
    shapes: dict[str, Shape]
    filtered: pb.NetParameter
    notes: list[str] = field(default_factory=list)

    def node(self, name: str) -> Node:
        """The first layer called `name`; raises GraphError if there is none."""
        if name in self._by_name:
            return self._by_name[name]
        known = ", ".join(node.name for node in self.nodes if node.index is not None)
        raise GraphError(f'net "{self.name}" has no layer "{name}"', hint=f"layers: {known}")

    @cached_property
    def _by_name(self) -> dict[str, Node]:
        return {node.name: node for node in reversed(self.nodes)}

    @property
    def sources(self) -> list[Node]:
        """Layers that bring data into the net."""
        return [node for node in self.nodes if node.layer.source]

    def span(self, node: Node, where: str = "") -> Span | None:
        """Where the file writes a layer, or the field of it that the dotted path names."""
        return self.net.span(node.index, where) if node.index is not None else None

    def require_backward(self) -> None:
        """Raise GraphError for the first layer that Caffe would refuse to run backward."""
        for node in reversed(self.nodes):
            reason = _backward_refusal(node)
            if reason:
                raise GraphError(
                    f'layer "{node.name}" ({node.type}) {reason}',
                    span=self.span(node),
                    hint="remove force_backward or the loss weight, or keep gradients from "
                    "reaching this bottom (propagate_down: false)",
                )


def _backward_refusal(node: Node) -> str:
    if not node.need_backward:
        return ""
    if node.layer.backward:
        return node.layer.backward
    for bottom, reason in node.layer.no_gradient.items():
        index = bottom if bottom >= 0 else len(node.bottoms) + bottom
        if index < len(node.bottoms) and node.bottom_need_backward[index]:
            return reason
    return ""


def net_state(
    net: Net, phase: str | None = None, level: int | None = None, stages: Iterable[str] = ()
) -> pb.NetState:
    """The net's own state with the given values over it (stages are added)."""
    state = pb.NetState()
    state.CopyFrom(net.message.state)
    if phase is not None:
        state.phase = pb.Phase.Value(phase)
    if level is not None:
        state.level = level
    state.stage.extend(stages)
    return state


def build_graph(
    net: Net,
    state: pb.NetState | None = None,
    *,
    phase: str | None = None,
    input_shapes: Mapping[str, Shape] | None = None,
    assume: bool = False,
) -> Graph:
    """Wire `net` in `state` (default: the net's own, with `phase` over it) as Net::Init does.

    input_shapes: blob -> shape, in place of what an Input layer says.
    assume:       give source layers whose files are missing their most plausible shapes, with a
                  note, instead of raising DataError.
    Raises GraphError (ShapeError for a layer's own refusal) at the position of the layer.
    """
    state = state or net_state(net, phase)
    shapes = dict(input_shapes or {})
    if assume:
        return _fitting.fit(lambda guesses: _Builder(net, state, shapes, assume, guesses))
    return _Builder(net, state, shapes, assume).run()


def filter_layers(net: Net, state: pb.NetState) -> list[tuple[int, pb.LayerParameter]]:
    """Layers that the state includes, with their indices (Net::FilterNet)."""
    kept = []
    for index, layer in enumerate(net.message.layer):
        if layer.include and layer.exclude:
            raise GraphError(
                f'layer "{layer.name}" has both include and exclude rules',
                span=net.span(index, "exclude"),
                hint="keep one kind",
            )
        if layer.include:
            keep = any(meets(state, rule) for rule in layer.include)
        else:
            keep = not any(meets(state, rule) for rule in layer.exclude)
        if keep:
            kept.append((index, layer))
    return kept


def meets(state: pb.NetState, rule: pb.NetStateRule) -> bool:
    """Whether `state` meets `rule` (Net::StateMeetsRule)."""
    if rule.HasField("phase") and rule.phase != state.phase:
        return False
    if rule.HasField("min_level") and state.level < rule.min_level:
        return False
    if rule.HasField("max_level") and state.level > rule.max_level:
        return False
    stages = set(state.stage)
    return stages.issuperset(rule.stage) and stages.isdisjoint(rule.not_stage)


@dataclass
class _Entry:
    """A layer on its way into the graph: its message, and its index in the file if it has one."""

    index: int | None
    param: pb.LayerParameter


def insert_splits(net: Net, kept: list[tuple[int, pb.LayerParameter]]) -> list[_Entry]:
    """Give every reader of a shared blob a copy of its own (InsertSplits).

    Raises GraphError for a bottom that no earlier layer makes.
    """
    last_top: dict[str, tuple[int, int]] = {}
    source: dict[tuple[int, int], tuple[int, int]] = {}
    readers: dict[tuple[int, int], int] = {}
    weights: dict[tuple[int, int], float] = {}
    for i, (index, layer) in enumerate(kept):
        for j, blob in enumerate(layer.bottom):
            if blob not in last_top:
                raise _unknown_bottom(net, kept, (index, layer), blob, last_top)
            source[i, j] = last_top[blob]
            readers[last_top[blob]] = readers.get(last_top[blob], 0) + 1
        for j, blob in enumerate(layer.top):
            last_top[blob] = (i, j)
        for j in range(min(len(layer.loss_weight), len(layer.top))):
            top = last_top[layer.top[j]]
            weights[top] = layer.loss_weight[j]
            if weights[top]:
                readers[top] = readers.get(top, 0) + 1
    return _with_splits(kept, source, readers, weights)


def _unknown_bottom(
    net: Net,
    kept: list[tuple[int, pb.LayerParameter]],
    entry: tuple[int, pb.LayerParameter],
    blob: str,
    known: Iterable[str],
) -> GraphError:
    from difflib import get_close_matches

    index, layer = entry
    near = get_close_matches(blob, list(known), n=2)
    hint = f'did you mean "{near[0]}"?' if near else "name a top of an earlier layer"
    later = [other.name for _, other in kept if blob in other.top]
    out = [other.name for other in net.message.layer if blob in other.top]
    if later:
        hint = f'layer "{later[0]}" makes it; move that layer before this one'
    elif out:
        hint = f'layer "{out[0]}" makes it, and its include or exclude rules leave it out here'
    return GraphError(
        f'layer "{layer.name}" ({layer.type}): unknown bottom "{blob}"',
        span=net.span(index, "bottom"),
        hint=hint,
    )


def _with_splits(
    kept: list[tuple[int, pb.LayerParameter]],
    source: dict[tuple[int, int], tuple[int, int]],
    readers: dict[tuple[int, int], int],
    weights: dict[tuple[int, int], float],
) -> list[_Entry]:
    used: dict[tuple[int, int], int] = {}
    out: list[_Entry] = []
    for i, (index, original) in enumerate(kept):
        layer = pb.LayerParameter()
        layer.CopyFrom(original)
        out.append(_Entry(index, layer))
        for j, blob in enumerate(original.bottom):
            top = source[i, j]
            if readers[top] > 1:
                k = used.get(top, 0)
                used[top] = k + 1
                layer.bottom[j] = f"{_split_name(kept, top, blob)}_{k}"
        for j, blob in enumerate(original.top):
            if readers.get((i, j), 0) > 1:
                weight = weights.get((i, j), 0.0)
                out.append(_Entry(None, _split(kept, (i, j), blob, readers[i, j], weight)))
                if weight:
                    layer.ClearField("loss_weight")
                    used[i, j] = used.get((i, j), 0) + 1
    return out


def _split_name(kept: list[tuple[int, pb.LayerParameter]], top: tuple[int, int], blob: str) -> str:
    return f"{blob}_{kept[top[0]][1].name}_{top[1]}_split"


def _split(
    kept: list[tuple[int, pb.LayerParameter]],
    top: tuple[int, int],
    blob: str,
    count: int,
    weight: float,
) -> pb.LayerParameter:
    name = _split_name(kept, top, blob)
    layer = pb.LayerParameter(name=name, type="Split", bottom=[blob])
    layer.top.extend(f"{name}_{k}" for k in range(count))
    if weight:
        layer.loss_weight.extend([weight] + [0.0] * (count - 1))
    return layer


class _Builder:
    """The state of Net::Init while it walks over the layers."""

    def __init__(
        self,
        net: Net,
        state: pb.NetState,
        input_shapes: dict[str, Shape],
        assume: bool,
        guesses: Mapping[str, Shape] = MappingProxyType({}),
    ) -> None:
        self.net, self.state, self.assume = net, state, assume
        self.input_shapes, self.guesses = input_shapes, dict(guesses)
        self.assumed: dict[str, Shape] = {}
        self.stuck: tuple[Layer, Site]
        self.shapes: dict[str, Shape] = {}
        self.available: dict[str, None] = {}
        self.needs: dict[str, bool] = {}
        self.named: dict[str, ParamRef] = {}
        self.nodes: list[Node] = []
        self.params: list[ParamRef] = []
        self.notes: list[str] = []
        self.guessed: dict[str, str] = {}

    def run(self) -> Graph:
        kept = filter_layers(self.net, self.state)
        entries = insert_splits(self.net, kept)
        for entry in entries:
            if not entry.param.HasField("phase"):
                entry.param.phase = self.state.phase
            with _at_layer(self.net, entry):
                self._add(entry)
        self._prune_backward()
        if self.net.message.force_backward:
            self._force_backward()
        return self._graph(entries)

    def _graph(self, entries: list[_Entry]) -> Graph:
        filtered = pb.NetParameter()
        filtered.CopyFrom(self.net.message)
        del filtered.layer[:]
        filtered.state.CopyFrom(self.state)
        filtered.layer.extend(entry.param for entry in entries)
        weights = {
            top: weight
            for node in self.nodes
            for top, weight in zip(node.tops, node.loss_weights, strict=True)
            if weight
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
            filtered=filtered,
            notes=self.notes + [note for note in (_without_effect.note(filtered),) if note],
        )

    def _add(self, entry: _Entry) -> None:
        param = entry.param
        layer = layers.find(param.type)
        if param.propagate_down and len(param.propagate_down) != len(param.bottom):
            raise ShapeError(
                f"{plural(len(param.propagate_down), 'propagate_down value')} for "
                f"{plural(len(param.bottom), 'bottom')}",
                field="propagate_down",
                hint="write it once per bottom, or not at all",
            )
        bottom_needs = self._take_bottoms(param)
        site = self._site(entry, layer)
        self.stuck = layer, site
        self._check_counts(layer, site)
        tops = self._tops(layer, site)
        try:
            shapes = self._infer(layer, site)
            blobs = layer.blobs(site)
        except ShapeError as error:
            error.assumed = _assumed.rests_on(layer, site, error, self.guessed)
            raise
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
            bottom_need_backward=bottom_needs,
        )
        for top, shape in zip(tops, shapes, strict=True):
            self.shapes[top] = shape
        self._add_params(node)
        needs = [self.needs.get(b, False) for b in param.bottom]
        learns = any(node.param_need_backward)
        node.need_backward = learns or any(needs)
        for top, need in zip(tops, layer.top_needs(needs, site, learns), strict=True):
            self.needs[top] = self.needs.get(top, False) or need
        self.nodes.append(node)

    def _take_bottoms(self, param: pb.LayerParameter) -> list[bool]:
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

    def _site(self, entry: _Entry, layer: Layer) -> Site:
        param = entry.param
        return Site(
            name=param.name,
            type=layer.type,
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
            own = zip(x.top_names, layer.shapes(x), strict=True)
            return [tuple(self.input_shapes.get(blob, shape)) for blob, shape in own]
        try:
            shapes = layer.shapes(x)
            if self.assume and layer.type == "Input" and not x.param.input_param.shape:
                raise DataError("no shape is written")
        except DataError as error:
            if not (self.assume and layer.source):
                raise
            own = zip(x.top_names, _assumed.first(layer, x, self.net.message), strict=True)
            shapes = [self.guesses.get(top, shape) for top, shape in own]
            said = enumerate(zip(x.top_names, shapes, strict=True))
            self.assumed |= {top: s for i, (top, s) in said if i not in layer.certain}
            self.guessed |= _assumed.note(x, shapes)
            self.notes.append(
                f'layer "{x.name}" ({x.type}): {error.message}; assumed shapes '
                + ", ".join(f"{t} {s}" for t, s in zip(x.top_names, shapes, strict=True))
            )
        self.notes += [f'layer "{x.name}" ({x.type}): {note}' for note in x.notes]
        for shape in shapes:
            _check_size(shape)
        guess = _assumed.behind(x, self.guessed)
        self.guessed |= dict.fromkeys(x.top_names, guess) if guess else {}
        return shapes

    def _add_params(self, node: Node) -> None:
        specs = node.param.param
        if len(specs) > len(node.blobs):
            raise ShapeError(
                f"has {plural(len(specs), 'param entry')} for "
                f"{plural(len(node.blobs), 'parameter blob')}".replace("entrys", "entries"),
                field="param",
                hint="remove the extra param { } entries",
            )
        for i, (key, blob) in enumerate(node.blobs.items()):
            spec = specs[i] if i < len(specs) else pb.ParamSpec()
            ref = ParamRef(
                node.name, i, key, blob, spec.name, spec.lr_mult, spec.decay_mult,
                has_lr=spec.HasField("lr_mult"), has_decay=spec.HasField("decay_mult"),
            )  # fmt: skip
            node.param_need_backward.append(spec.lr_mult != 0)
            node.params.append(ref)
            owner = self.named.get(spec.name) if spec.name else None
            if owner is None:
                self.params.append(ref)
                if spec.name:
                    self.named[spec.name] = ref
            else:
                ref.owner = owner
                _check_shared(ref, owner, spec)

    def _prune_backward(self) -> None:
        """Which layers lie between a parameter and a loss (the backward walk of Net::Init)."""
        under_loss: set[str] = set()
        skipped: set[str] = set()
        for node in reversed(self.nodes):
            contributes = any(node.loss_weights) or not under_loss.isdisjoint(node.tops)
            skip = all(top in skipped for top in node.tops)
            if node.need_backward and skip:
                node.need_backward = False
                node.bottom_need_backward = [False] * len(node.bottoms)
            if not contributes:
                node.need_backward = False
            for j, bottom in enumerate(node.bottoms):
                if contributes:
                    under_loss.add(bottom)
                else:
                    node.bottom_need_backward[j] = False
                if not node.bottom_need_backward[j]:
                    skipped.add(bottom)

    def _force_backward(self) -> None:
        for node in self.nodes:
            node.need_backward = True
            node.bottom_need_backward = [
                need or node.layer.force_backward(node.site, j)
                for j, need in enumerate(node.bottom_need_backward)
            ]
            node.param_need_backward = [True] * len(node.params)


class _at_layer:
    """Puts the layer's name and position on whatever is raised inside."""

    def __init__(self, net: Net, entry: _Entry) -> None:
        self.net, self.entry = net, entry

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: object, _trace: object) -> None:
        if isinstance(error, C2TError) and error.span is None and self.entry.index is not None:
            param = self.entry.param
            error.span = self.net.span(self.entry.index, getattr(error, "field", ""))
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
    least, most = (allowed, allowed) if isinstance(allowed, int) else allowed
    if n >= least and (most is None or n <= most):
        return
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


def _check_shared(ref: ParamRef, owner: ParamRef, spec: pb.ParamSpec) -> None:
    """Shapes and multipliers of a blob that is shared by name (Net::AppendParam)."""
    if spec.share_mode == pb.ParamSpec.PERMISSIVE:
        fits = ref.blob.count == owner.blob.count
    else:
        fits = ref.shape == owner.shape
    if not fits:
        raise ShapeError(
            f'param "{ref.name}" of shape {ref.shape} cannot be shared with layer '
            f'"{owner.layer}", whose shape is {owner.shape}',
            field="param",
            hint="give it a name of its own, or make the shapes equal",
        )
    if ref.has_lr:
        if owner.has_lr and ref.lr_mult != owner.lr_mult:
            raise _mismatch(ref, owner, "lr_mult")
        owner.lr_mult, owner.has_lr = ref.lr_mult, True
    if ref.has_decay:
        if owner.has_decay and ref.decay_mult != owner.decay_mult:
            raise _mismatch(ref, owner, "decay_mult")
        owner.decay_mult, owner.has_decay = ref.decay_mult, True


def _mismatch(ref: ParamRef, owner: ParamRef, what: str) -> ShapeError:
    return ShapeError(
        f'shared param "{ref.name}" has {what} {getattr(ref, what):g} here and '
        f'{getattr(owner, what):g} in layer "{owner.layer}"',
        field=f"param.{what}",
        hint=f"write {what} once, or the same value",
    )
