"""Reads nets and solvers of any age, as Caffe does: V0 (2013) to V1 (2014) to the present.

Source: Caffe src/caffe/util/upgrade_proto.cpp, UpgradeNetAsNeeded, UpgradeNetInput,
UpgradeNetBatchNorm, UpgradeSolverAsNeeded
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import GraphError, SchemaError, SolverError, Span, whole
from caffe2torch.format import schema
from caffe2torch.format.text import Block, Document, Scalar
from caffe2torch.format.upgrade import forks, v0, v1, volumes
from caffe2torch.format.upgrade.places import locate

SOLVER_TYPES = {
    pb.SolverParameter.SGD: "SGD",
    pb.SolverParameter.NESTEROV: "Nesterov",
    pb.SolverParameter.ADAGRAD: "AdaGrad",
    pb.SolverParameter.RMSPROP: "RMSProp",
    pb.SolverParameter.ADADELTA: "AdaDelta",
    pb.SolverParameter.ADAM: "Adam",
}
_INPUT_FIELDS = ("input", "input_shape", "input_dim")


@dataclass
class Net:
    """A net in the present format, and where its file writes each layer.

    origins:  for each of message.layer its block of the text, None if the file is binary. The
              Input layer made of `input` fields has a block of these fields.
    notes:    what a user should know; at most one, that the file was upgraded.
    problems: fields that the upgrade had to drop. Caffe reads on, its upgrade tool exits with 1.
    unknown:  what the schema does not have, where the file was read leniently; the text has it
    place:    the file, where no more can be said of where anything stands: where it is binary
    """

    message: pb.NetParameter
    file: str = ""
    document: Document | None = None
    origins: list[Block | None] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    unknown: list[SchemaError] = field(default_factory=list)
    place: Span | None = None

    def span(self, layer_index: int | None, field: str = "") -> Span | None:
        """Return where a layer, or a field of it, is written; the file alone if it is binary.

        layer_index: index in message.layer, or None for a field of the net itself.
        field:       dotted path such as "convolution_param.kernel_size" or "bottom[1]". What is
                     not written is answered with the nearest thing around it that is.
        """
        if self.document is None:
            return self.place
        block = self.document.root if layer_index is None else self.origins[layer_index]
        if block is None:
            return None
        return _place(self.document, block, field)

    def filled(self) -> Net:
        """Return the net itself. Raises: GraphError without layers; an empty file has none."""
        if not self.message.layer:
            raise GraphError(f"{self.file or 'the net'} has no layers", hint="is it a net?")
        return self


@dataclass
class Solver:
    """A solver whose `type` is the present string, and where its file writes its fields."""

    message: pb.SolverParameter
    file: str = ""
    document: Document | None = None
    notes: list[str] = field(default_factory=list)
    place: Span | None = None

    def span(self, field: str = "") -> Span | None:
        """Return where a field is written, the start of the file if it is not, or the file."""
        if self.document is None:
            return self.place
        if field == "type" and self.document.root.find("type") is None:
            field = "solver_type"
        return _place(self.document, self.document.root, field)


def _place(document: Document, block: Block, field: str) -> Span:
    field_ = locate(block, field) if field else None
    if field_ is not None:
        return document.span(field_)
    if block is document.root:
        return document.span_at(0)
    return document.span(block)


def read_net(path: str | os.PathLike[str], lenient: bool = False) -> Net:
    """Read a net, text or binary, of any age, into the present format.

    lenient: keep layers with fields that the schema does not have, which `Net.unknown` lists; for
             showing a net, and for rewriting its text.

    Raises: ParseError, SchemaError for what the file holds; GraphError for what cannot be
    upgraded, such as `layer` and `layers` in one file.
    """
    parsed = schema.read(path, "NetParameter", lenient)
    place = whole(parsed.file)
    net = Net(parsed.message, parsed.file, parsed.document, unknown=parsed.unknown, place=place)
    return _named(_upgrade(net))


def _named(net: Net) -> Net:
    """Give layers whose V1 type is no value of the schema the name that the text has."""
    for layer, block in zip(net.message.layer, net.origins, strict=True):
        written = block.find("type") if block is not None and not layer.type else None
        if written is not None and isinstance(written.value, Scalar):
            layer.type = written.value.raw.strip("\"'")
    return net


def parse_net(text: str, file: str = "", lenient: bool = False) -> Net:
    """Read a net from prototxt text; `file` is what errors call it. The rest is as in read_net."""
    parsed = schema.parse_message(text, "NetParameter", file, lenient)
    net = Net(parsed.message, parsed.file, parsed.document, unknown=parsed.unknown)
    return _named(_upgrade(net))


def net_from_message(message: pb.NetParameter, file: str = "", binary: bool = False) -> Net:
    """Return a copy of a message of any age in the present format. Raises: GraphError.

    binary: the file holds nothing else, and errors name it
    """
    copy = pb.NetParameter()
    copy.CopyFrom(message)
    return _upgrade(Net(copy, file, place=whole(file) if binary else None))


def read_solver(path: str | os.PathLike[str]) -> Solver:
    """Read a solver; its `solver_type` of old becomes `type`.

    Raises: ParseError, SchemaError for what the file holds; SolverError if both are given.
    """
    parsed = schema.read(path, "SolverParameter")
    place = whole(parsed.file)
    return _upgrade_solver(Solver(parsed.message, parsed.file, parsed.document, place=place))


def parse_solver(text: str, file: str = "") -> Solver:
    """Read a solver from prototxt text. Raises as read_solver does."""
    parsed = schema.parse_message(text, "SolverParameter", file)
    return _upgrade_solver(Solver(parsed.message, parsed.file, parsed.document))


def _upgrade_solver(solver: Solver) -> Solver:
    message = solver.message
    if message.device_id_list:
        devices = list(message.device_id_list)
        message.device_id = devices[0]
        message.ClearField("device_id_list")
        solver.notes.append(f"device_id {devices}: --gpu says on which devices to train")
    if not message.HasField("solver_type"):
        return solver
    if message.HasField("type"):
        raise SolverError(
            'both "type" and the older "solver_type" are given',
            span=solver.span("solver_type"),
            hint=f'keep type: "{message.type}" and remove solver_type',
        )
    if message.solver_type not in SOLVER_TYPES:
        name = pb.SolverParameter.SolverType.Name(message.solver_type)
        known = ", ".join(SOLVER_TYPES.values())
        raise SolverError(
            f"solver_type {name} is of a fork and not supported",
            span=solver.span("solver_type"),
            hint=f"types: {known}",
        )
    message.type = SOLVER_TYPES[message.solver_type]
    message.ClearField("solver_type")
    solver.notes.append(_note(solver.file, ["solver_type"], "solver"))
    return solver


def _upgrade(net: Net) -> Net:
    """Bring a net to the present format in place, in Caffe's order."""
    message = net.message
    steps: list[str] = []
    net.origins = _blocks(net)
    if any(layer.HasField("layer") for layer in message.layers):
        _upgrade_v0(net)
        steps.append("V0 layers")
    if v1.needs_data_upgrade(message):
        v1.move_transform_fields(message)
        steps.append("transformation fields")
    steps += forks.respell(message)
    if message.layers:
        _upgrade_v1(net)
        steps.append("V1 layers")
    steps += _upgrade_forks(net)
    if volumes.rewrite(message):
        steps.append("layers over time and space")
    if message.input:
        _upgrade_input(net)
        steps.append("input fields")
    if _freeze_batch_norm(message):
        steps.append("BatchNorm params")
    if steps:
        net.notes.append(_note(net.file, steps, "net"))
    return net


def _note(file: str, steps: list[str], kind: str) -> str:
    what = ", ".join(steps)
    return f"{file or kind} is in an old format ({what}); to rewrite it: c2t upgrade {kind} IN OUT"


def _blocks(net: Net) -> list[Block | None]:
    name = "layers" if net.message.layers else "layer"
    if net.document is None:
        return [None] * len(getattr(net.message, name))
    values = [f.value for f in net.document.root.all(name)]
    return [value if isinstance(value, Block) else None for value in values]


def _upgrade_v0(net: Net) -> None:
    """Turn V0 layers into V1 layers; all other fields but the five kept here are lost."""
    old = net.message
    net.origins = [net.origins[i] for i in forks.adapt(old)]
    kept = v0.fold_padding(old, net.span)
    net.origins = [net.origins[i] for i in kept]
    new = pb.NetParameter(input=old.input, input_dim=old.input_dim, bottom=old.bottom)
    for i, layer in enumerate(old.layers):
        try:
            new.layers.append(v0.upgrade_layer(layer, net.problems))
        except SchemaError as error:
            error.span = net.span(i, "type")
            raise
    for name in ("name", "force_backward"):
        if old.HasField(name):
            setattr(new, name, getattr(old, name))
    old.CopyFrom(new)


def _upgrade_v1(net: Net) -> None:
    if net.message.layer:
        raise GraphError(
            "the net has both `layer` (present format) and `layers` (V1)",
            span=_first_of_other_format(net),
            hint='write every layer as layer { type: "..." }',
        )
    for layer in net.message.layers:
        net.message.layer.append(v1.upgrade_layer(layer))
    net.message.ClearField("layers")


def _first_of_other_format(net: Net) -> Span | None:
    if net.document is None:
        return net.place
    fields = [f for f in net.document.root.fields if f.name in ("layer", "layers")]
    other = next(f for f in fields if f.name != fields[0].name)
    return net.document.span(other)


def _upgrade_forks(net: Net) -> list[str]:
    """Rewrite what forks wire in their own way; return what there was."""
    steps = []
    if net.message.bottom:
        _upgrade_bottom(net)
        steps.append("bottom of the net")
    if any(layer.param_bottoms for layer in net.message.layer):
        net.origins = [net.origins[i] for i in forks.own_params(net.message)]
        steps.append("param_bottoms")
    return steps


def _upgrade_bottom(net: Net) -> None:
    """Turn the input blobs of the first nets into an Input layer; their shapes were not written."""
    layer = pb.LayerParameter(name="input", type="Input", top=net.message.bottom)
    net.message.layer.insert(0, layer)
    net.origins.insert(0, None if net.document is None else net.document.root)
    net.message.ClearField("bottom")


def _upgrade_input(net: Net) -> None:
    """Turn `input` and its dimensions into one Input layer at the front.

    Without dimensions, as in old caffemodels, the field is only removed.
    """
    message = net.message
    if message.input_shape or message.input_dim:
        layer = pb.LayerParameter(name="input", type="Input", top=message.input)
        layer.input_param.shape.extend(_input_shapes(net))
        message.layer.insert(0, layer)
        net.origins.insert(0, _input_block(net))
    for name in _INPUT_FIELDS:
        message.ClearField(name)


def _input_shapes(net: Net) -> list[pb.BlobShape]:
    """Return one shape an input: its input_shape, or its four input_dim."""
    message = net.message
    count, dims = len(message.input), message.input_dim
    if message.input_shape:
        if len(message.input_shape) < count:
            what = f"{count} input but {len(message.input_shape)} input_shape"
            raise GraphError(what, span=net.span(None, "input_shape"), hint="give one a input")
        return list(message.input_shape[:count])
    if len(dims) < 4 * count:
        raise GraphError(
            f"{count} input need {4 * count} input_dim, found {len(dims)}",
            span=net.span(None, "input_dim"),
            hint="write input_shape { dim: ... } if an input has fewer than four axes",
        )
    return [pb.BlobShape(dim=dims[4 * i : 4 * i + 4]) for i in range(count)]


def _input_block(net: Net) -> Block | None:
    if net.document is None:
        return None
    fields = [f for f in net.document.root.fields if f.name in _INPUT_FIELDS]
    if not fields:
        return None
    return Block(fields, fields[0].start, fields[0].start, fields[0].value.end)


def _freeze_batch_norm(message: pb.NetParameter) -> bool:
    """Set the multipliers of BatchNorm layers with three param specs to 0; say if they were not."""
    changed = False
    for layer in message.layer:
        if layer.type == "BatchNorm" and len(layer.param) == 3:
            for spec in layer.param:
                changed |= bool(spec.lr_mult or spec.decay_mult)
                spec.lr_mult = spec.decay_mult = 0.0
    return changed


__all__ = [
    "Net",
    "Solver",
    "net_from_message",
    "parse_net",
    "parse_solver",
    "read_net",
    "read_solver",
]
