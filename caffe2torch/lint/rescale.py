"""Another input scale with the same training, step by step.

With x' = x · s the first layer's weights become w' = w / s: the same products. Its gradient is
then s times as large, and a step has to be 1/s times as large: lr_mult / s². The decay term
lr · decay · w' shall be 1/s of what it was: decay_mult · s² (· s for L1, whose term does not grow
with w). Biases, later layers and the solver stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from caffe2torch import caffe_pb2 as pb
from caffe2torch.config.files import Unavailable
from caffe2torch.config.source import SourceUse
from caffe2torch.errors import C2TError, Span
from caffe2torch.fillers.base import scale_count
from caffe2torch.format.text import apply
from caffe2torch.graph import wiring
from caffe2torch.graph.model import Node, ParamRef
from caffe2torch.layers.base import Role
from caffe2torch.lint import data_layers, fix
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import FileEdit, Fix

EXACT_METHODS = ("SGD", "Nesterov", "")


@dataclass(frozen=True)
class Rescaled:
    """The new texts by file, and what was changed."""

    texts: dict[str, str]
    says: list[str]


def rescale(path: str, scale: float) -> Rescaled:
    """The texts that give `path` this transform_param.scale and the same training.

    Raises: C2TError where no exact equivalent exists, saying why.
    """
    context = Context(path)
    try:
        return _rescale(context, scale)
    except Unavailable:
        if context.failures:
            raise context.failures[0] from None
        raise C2TError(f"{path}: no net to train in it") from None


def _rescale(c: Context, scale: float) -> Rescaled:
    if scale <= 0:
        raise C2TError(f"scale {scale:g} must be positive")
    sources = [s for s in c.sources if s.images]
    old = _old_scale(c, sources)
    _check_solver(c)
    _check_weights(c)
    ratio = scale / old
    edits = [edit for source in sources for edit in _scale_edit(source, scale)]
    says = [f"scale {old:g} → {scale:g} in {len(sources)} data layers"]
    first = _first_layers(c)
    _check_shared(c, first)
    for node in first:
        edits += _layer_edits(c, node, ratio)
        factors = f"lr_mult × {1 / ratio**2:.6g}, decay_mult × {_decay(c, ratio):.6g}"
        says.append(f"{node.name}: weights × {1 / ratio:.6g}, {factors}")
    chosen = Fix("rescale", tuple(dict.fromkeys(edits)))
    texts = {
        file: apply(c.files.text(file), edits) for file, edits in fix.by_file([chosen]).items()
    }
    return Rescaled(texts, says)


def _old_scale(c: Context, sources: list[SourceUse]) -> float:
    scales = sorted({source.scale for source in sources})
    if not scales:
        raise C2TError(f"{c.file}: no data layer with images to scale")
    if len(scales) > 1:
        listed = " and ".join(f"{scale:g}" for scale in scales)
        raise C2TError(
            f"the data layers have different scales, {listed}", span=sources[0].span(),
            hint="c2t lint --fix makes them equal",
        )  # fmt: skip
    if not scales[0]:
        raise C2TError("scale 0 makes every input 0", span=sources[0].span())
    return scales[0]


def _check_solver(c: Context) -> None:
    """Refuse methods whose step does not follow the gradient's size."""
    if not c.is_solver:
        return
    if c.param.type not in EXACT_METHODS:
        raise C2TError(
            f"{c.param.type} divides gradients by their own size: no multiplier gives equal steps",
            span=c.span("type"), hint="SGD and Nesterov can be rescaled exactly",
        )  # fmt: skip
    if c.param.clip_gradients > 0:
        raise C2TError(
            "clip_gradients looks at the norm of all gradients, which changes with the scale",
            span=c.span("clip_gradients"), hint="remove it, or change the scale by hand",
        )  # fmt: skip


def _check_weights(c: Context) -> None:
    """Refuse pretrained weights: they were trained at the old scale, and no filler touches them."""
    if not c.from_scratch:
        raise C2TError(
            f"training starts from {c.weights[0]}, whose first weights fit the old scale",
            span=c.span("weights"), hint="rescale the run that they come from",
        )  # fmt: skip


def _check_shared(c: Context, first: list[Node]) -> None:
    """Refuse weights of a first layer that a layer further up uses as well."""
    ours = {id(ref.owner or ref) for node in first for ref in node.params[:1]}
    for node in c.train.graph.nodes:
        if node not in first and any(id(ref.owner or ref) in ours for ref in node.params):
            raise C2TError(
                f'layer "{node.name}" shares its weights with a first layer, and reads no data: '
                "no factor fits both",
                span=_span(c, node),
            )


def _first_layers(c: Context) -> list[Node]:
    """The layers with weights that the data reaches first."""
    graph = c.train.graph
    first: list[Node] = []
    for source in graph.sources:
        if not source.layer.plays(Role.IMAGES):
            continue
        for node in wiring.following(graph, source, homogeneous):
            if node.layer.plays(Role.WEIGHTS):
                first += [node] if node not in first else []
            elif node.bottoms[:1] and _reads_data(c, source, node):
                raise C2TError(
                    f'layer "{node.name}" ({node.type}) stands between the data and the first '
                    "weights, and does not pass on a factor",
                    span=_span(c, node),
                    hint="change the scale by hand, with `c2t signal` beside it",
                )
    return first


def homogeneous(node: Node) -> bool:
    """Whether f(s·x) = s·f(x): then the scale passes through to the first weights."""
    return node.layer.homogeneous


def _reads_data(c: Context, source: Node, node: Node) -> bool:
    """Whether a layer reads the first top of a source (the second holds labels)."""
    blobs = {source.tops[0]}
    for other in c.train.graph.nodes:
        if homogeneous(other) and blobs & set(other.bottoms):
            blobs.update(other.tops)
    return bool(blobs & set(node.bottoms))


def _span(c: Context, node: Node) -> Span | None:
    return c.train.span(node.index) if node.index is not None else None


def _scale_edit(source: SourceUse, scale: float) -> list[FileEdit]:
    return list(data_layers.put_scale([source], fix.exact(scale)))


def _layer_edits(c: Context, node: Node, ratio: float) -> list[FileEdit]:
    net, index = c.train.net, node.index
    assert index is not None
    block = net.origins[index]
    if block is None or net.message.layer[index].type != _written_type(c, index):
        raise C2TError(
            "the net is in an old format or binary", span=_span(c, node),
            hint="c2t upgrade net IN OUT first",
        )  # fmt: skip
    ref = node.params[0]
    filler = _filler(node, ref, 1 / ratio)
    edits = fix.put_layer(net, index, f"{node.layer.param_field}.weight_filler", filler)
    lr, decay = ref.lr_mult / ratio**2, ref.decay_mult * _decay(c, ratio)
    lr_text, decay_text = fix.exact(lr), fix.exact(decay)
    if block.find("param") is None:
        value = f"{{ lr_mult: {lr_text} decay_mult: {decay_text} }}"
        return edits + fix.put_layer(net, index, "param", value)
    edits += fix.put_layer(net, index, "param[0].lr_mult", lr_text)
    return edits + fix.put_layer(net, index, "param[0].decay_mult", decay_text)


def _written_type(c: Context, index: int) -> str:
    """The type as the file writes it; V1 files write an enum."""
    block = c.train.net.origins[index]
    field = block.find("type") if block else None
    raw = getattr(field.value, "raw", "") if field else ""
    return str(raw).strip("\"'")


def _decay(c: Context, ratio: float) -> float:
    l1 = c.is_solver and c.param.regularization_type == "L1"
    return ratio if l1 else ratio**2


def _filler(node: Node, ref: ParamRef, factor: float) -> str:
    """The weight filler whose weights are `factor` times as large, as text."""
    filler = ref.blob.filler or pb.FillerParameter()
    kind, n = filler.type, scale_count(filler, ref.shape)
    number = fix.exact
    if kind == "xavier":
        limit = sqrt(3 / n) * factor
        return f'{{ type: "uniform" min: {number(-limit)} max: {number(limit)} }}'
    if kind == "msra":
        return f'{{ type: "gaussian" std: {number(sqrt(2 / n) * factor)} }}'
    if kind == "gaussian":
        mean = f" mean: {number(filler.mean * factor)}" if filler.mean else ""
        sparse = f" sparse: {filler.sparse}" if filler.sparse >= 0 else ""
        return f'{{ type: "gaussian"{mean} std: {number(filler.std * factor)}{sparse} }}'
    if kind == "uniform":
        low, high = number(filler.min * factor), number(filler.max * factor)
        return f'{{ type: "uniform" min: {low} max: {high} }}'
    if kind == "constant":
        return f'{{ type: "constant" value: {number(filler.value * factor)} }}'
    raise C2TError(f'layer "{node.name}": a {kind} filler cannot be scaled')
