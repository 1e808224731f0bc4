"""Wires a net layer by layer, as Net::Init does.

Source: Caffe src/caffe/net.cpp (Net::Init, AppendTop, AppendBottom, AppendParam)
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from caffe2torch import caffe_pb2 as pb
from caffe2torch import layers
from caffe2torch.errors import C2TError, DataError, ShapeError, plural
from caffe2torch.graph import assumed as _assumed
from caffe2torch.graph import no_effect as _without_effect
from caffe2torch.graph import unreproduced as _unreproduced
from caffe2torch.graph.filtering import _Entry, filter_layers, insert_splits
from caffe2torch.graph.model import Graph, Node, ParamRef
from caffe2torch.layers.base import Count, Layer, Shape, Site

if TYPE_CHECKING:
    from caffe2torch.format.upgrade import Net

AUTOMATIC = "(automatic)"


MOST = 0x7FFFFFFF
_FORKS = (_without_effect, _unreproduced)


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
            notes=[*self.notes, *filter(None, (part.note(filtered) for part in _FORKS))],
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
