"""Parameters of a layer: their multipliers, and blobs that layers share by name.

Source: Caffe src/caffe/net.cpp (Net::Init, Net::AppendParam)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import ShapeError, plural
from caffe2torch.graph.model import ParamRef
from caffe2torch.layers.base import Blob


def references(
    param: pb.LayerParameter, blobs: Mapping[str, Blob], all_known: bool = True
) -> list[ParamRef]:
    """One ParamRef a blob, with the multipliers of its `param` entry.

    all_known: the layer has no other blobs than these
    Raises ShapeError for more entries than blobs, if all are known.
    """
    specs = list(param.param) if all_known else list(param.param[: len(blobs)])
    if len(specs) > len(blobs):
        entries = "1 param entry" if len(specs) == 1 else f"{len(specs)} param entries"
        raise ShapeError(
            f"has {entries} for {plural(len(blobs), 'parameter blob')}",
            field="param",
            hint="remove the extra param { } entries",
        )
    specs += [pb.ParamSpec()] * (len(blobs) - len(specs))
    return [
        ParamRef(
            param.name, i, key, blob, spec.name, spec.lr_mult, spec.decay_mult,
            has_lr=spec.HasField("lr_mult"), has_decay=spec.HasField("decay_mult"),
        )
        for i, ((key, blob), spec) in enumerate(zip(blobs.items(), specs, strict=True))
    ]  # fmt: skip


def share(
    refs: Sequence[ParamRef], specs: Sequence[pb.ParamSpec], owners: dict[str, ParamRef]
) -> list[ParamRef]:
    """Join parameters to those of the same name in `owners`; return those that own themselves.

    owners: name -> first parameter of that name, to which new names are added.
    Raises ShapeError if shapes or multipliers differ.
    """
    independent = []
    for i, ref in enumerate(refs):
        owner = owners.get(ref.name) if ref.name else None
        if owner is None:
            independent.append(ref)
            if ref.name:
                owners[ref.name] = ref
        else:
            ref.owner = ref.first = owner
            _check_shared(ref, owner, specs[i])
    return independent


def needs_backward(refs: Sequence[ParamRef], written: Sequence[float]) -> list[bool]:
    """Which parameters want a gradient, by the lr_mults that the file writes.

    Net::Init reads the file's `param` entries, not those that a layer adds to its own copy in
    LayerSetUp: BatchNorm's lr_mult 0 of its statistics stops their update, not the backward pass.
    A layer of a fork that sets the multipliers of its weights computes their gradient either way.
    """
    default = pb.ParamSpec().lr_mult
    return [
        (written[i] if i < len(written) else default) != 0
        or (ref.blob.learnable and ref.lr_mult != 0)
        for i, ref in enumerate(refs)
    ]


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
