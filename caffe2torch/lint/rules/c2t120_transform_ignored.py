"""A setting of the data layer that Caffe reads and ignores.

What it does: looks for scale, mean_file, crop_size and mirror inside data_param or image_data_param
of a layer of the present format; for transform_param where the layer has no use for it; for
transform_param.scale of WindowData; for force_color or force_gray on records that are not encoded;
and for rand_skip and force_encoded_color of data_param.

Why: these fields moved to transform_param in 2014. Caffe moves them itself when it upgrades an old
file with `layers { }`; in a file with `layer { }` it parses them and looks only at transform_param:
no mean, no scale, no crop, without a word. HDF5Data refuses any transform_param. WindowData takes
scale from window_data_param only.
Source: Caffe src/caffe/util/upgrade_proto.cpp, UpgradeNetDataTransformation;
layers/hdf5_data_layer.cpp, LayerSetUp; layers/window_data_layer.cpp, load_batch.

An error where Caffe stops (HDF5Data), and where the lost scale makes the logits explode; a warning
where another transformation is lost; an info for dead fields that hardly matter.

Bad::

    data_param { source: "train_lmdb" backend: LMDB batch_size: 64 scale: 0.00390625 }

Good::

    transform_param { scale: 0.00390625 }
    data_param { source: "train_lmdb" backend: LMDB batch_size: 64 }

Fix: moves the field to where it counts (unsafe: it changes training), or removes one that cannot
count (safe).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from caffe2torch.config.source import SourceUse
from caffe2torch.lint import data_layers, fix, moved_fields
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding, Fix

SEVERITY = "warning"
RANK = 21


def check(c: Context) -> Iterator[Finding]:
    """Yield the findings of each data layer, what is lost alike in several layers once."""
    layers = data_layers.once(c)
    yield from moved_fields.lost(c, layers)
    for source in layers:
        yield from _dead(source)
        if source.images:
            yield from _forced(source)
            yield from _elsewhere(source)
        elif source.layer.HasField("transform_param"):
            yield _refused(source) if source.type == "HDF5Data" else _useless(source)


def _dead(source: SourceUse) -> Iterator[Finding]:
    unread = [n for n in source.kind.ignored if n not in moved_fields.MOVED]
    names = [n for n in unread if getattr(source.param, n)]
    if names:
        edits = [e for n in names for e in data_layers.drop([source], f"{source.field}.{n}")]
        yield Finding(
            f"{', '.join(names)} of {data_layers.names([source])} has no effect in Caffe 1.0",
            source.span_param(names[0]),
            "info",
            "remove it (force_color, in transform_param, decodes in colour)",
            Fix(f"remove {', '.join(names)}", tuple(edits), safe=True) if edits else None,
            source.name,
            80,
        )


def _forced(source: SourceUse) -> Iterator[Finding]:
    forced = [n for n in ("force_color", "force_gray") if getattr(source.transform, n)]
    by_field = source.is_color is not None
    raw = by_field or (source.stats is not None and not source.stats.encoded)
    if forced and raw:
        edits = data_layers.drop([source], f"transform_param.{forced[0]}")
        why = f"{source.type} asks is_color" if by_field else "the records are raw pixels"
        yield Finding(
            f"{forced[0]} of {data_layers.names([source])} has no effect: {why}",
            source.span(f"transform_param.{forced[0]}"),
            "warning" if forced[0] == "force_gray" else "info",
            "remove it",
            Fix(f"remove {forced[0]}", edits, safe=True) if edits else None,
            f"{source.name}.force",
            80,
        )


def _refused(source: SourceUse) -> Finding:
    says = f'HDF5Data layer "{source.name}" has a transform_param'
    hint = "transform the data when the file is written, or with a Power layer"
    why = "Caffe stops, it transforms nothing"
    return replace(_without(source, says, "error", hint, 13), why=why)


def _useless(source: SourceUse) -> Finding:
    says = f'{source.type} layer "{source.name}" does not look at its transform_param'
    return _without(source, says, "info", "remove it, or transform what is put in", 80)


def _without(source: SourceUse, says: str, severity: str, hint: str, rank: int) -> Finding:
    """The finding whose fix is to remove the whole transform_param."""
    edits = data_layers.drop([source], "transform_param")
    return Finding(
        says,
        source.span("transform_param"),
        severity,
        hint,
        Fix("remove transform_param", edits, safe=True) if edits else None,
        source.name,
        rank,
    )


def _elsewhere(source: SourceUse) -> Iterator[Finding]:
    """A scale in transform_param, though the type takes another one."""
    field = source.kind.scale_field
    if field == "transform_param.scale" or not source.transform.HasField("scale"):
        return
    holder, _, name = field.partition(".")
    scale = fix.exact(source.transform.scale)
    edits = [
        *data_layers.put_scale([source], scale),
        *data_layers.drop([source], "transform_param.scale"),
    ]
    yield Finding(
        f'{source.type} layer "{source.name}" ignores transform_param.scale {scale}',
        source.span("transform_param.scale"),
        hint=f"{holder} {{ {name}: {scale} }}",
        fix=Fix(f"scale in {holder}", tuple(edits)),
        about=source.name,
        why=f"it takes {field}",
    )
