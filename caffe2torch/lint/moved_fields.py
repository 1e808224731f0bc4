"""Settings of data_param that Caffe moved to transform_param, and only there looks at.

Source: Caffe src/caffe/util/upgrade_proto.cpp, UpgradeNetDataTransformation
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.config.files import Unavailable
from caffe2torch.config.source import SourceUse
from caffe2torch.lint import data_layers, fix
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import FileEdit, Finding, Fix

MOVED = ("scale", "mean_file", "crop_size", "mirror")
HUGE = 10.0
"""Logit std from which a net does not train (C2T202)."""


def lost(c: Context, layers: list[SourceUse]) -> Iterator[Finding]:
    """A finding for each group of layers that lose the same settings."""
    groups: dict[tuple[str, ...], list[SourceUse]] = {}
    for source in layers:
        unread = [n for n in MOVED if n in source.kind.ignored]
        names = tuple(n for n in unread if source.param.HasField(n) and not _same(source, n))
        if names:
            values = (f"{n}: {_value(source.param, n)}" for n in names)
            groups.setdefault((", ".join(values), *names), []).append(source)
    for (says, *fields), sources in groups.items():
        first = sources[0]
        edits = tuple(edit for source in sources for edit in _moves(source, fields))
        yield Finding(
            f"{first.field} of {data_layers.names(sources)} holds {says}, which Caffe ignores here",
            first.span_param(fields[0]),
            severity="error" if "scale" in fields and _explodes(c, first) else "warning",
            hint="write it in transform_param",
            fix=Fix(f"{', '.join(fields)} in transform_param", edits),
            about=first.name,
        )


def _explodes(c: Context, source: SourceUse) -> bool:
    """Whether the logits are huge without the lost scale, and would not be with it."""
    try:
        now, then = c.signal.main, c.signal_with(scale=source.param.scale).main
    except Unavailable:
        return False
    return bool(now and then and now.std >= HUGE > then.std and c.from_scratch)


def _same(source: SourceUse, name: str) -> bool:
    """Whether transform_param says the same, or the field says what is the default anyway."""
    value = getattr(source.param, name)
    return bool(value == getattr(source.transform, name))


def _value(param: object, name: str) -> str:
    value = getattr(param, name)
    if isinstance(value, bool):
        return str(value).lower()
    return fix.string(value) if isinstance(value, str) else fix.exact(value)


def _moves(source: SourceUse, lost: list[str]) -> tuple[FileEdit, ...]:
    """Edits that move fields; transform_param is made once if there is none."""
    net, index = source.net, source.index
    edits = [e for n in lost for e in data_layers.drop([source], f"{source.field}.{n}")]
    free = [n for n in lost if not source.transform.HasField(n)]
    if source.layer.HasField("transform_param"):
        for name in free:
            value = _value(source.param, name)
            edits += fix.put_layer(net, index, f"transform_param.{name}", value)
    elif free:
        inner = " ".join(f"{n}: {_value(source.param, n)}" for n in free)
        edits += fix.put_layer(net, index, "transform_param", f"{{ {inner} }}")
    return tuple(edits)
