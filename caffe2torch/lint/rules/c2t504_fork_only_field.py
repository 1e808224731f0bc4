"""A field that only a fork of Caffe knows.

What it does: looks for fields of NVIDIA's, Intel's, SSD's and other forks in solver and nets.

Why: BVLC Caffe 1.0 refuses a file with a field that it does not know. caffe2torch reads them, and
the fields that belong to a fork's layer work with that layer; but a solver's schedule of a fork
(rampup, warmup, min_lr, LARC, momentum_policy) is not carried out, so the run is not the one that
the file describes: a warning. All others are an info.
Source: proto/caffe.proto, where the forks' fields are marked.

Bad::

    rampup_interval: 2500
    min_lr: 1e-4

Good::

    base_lr: 0.01           # in Caffe 1.0 a warm-up is a run of its own, with --snapshot after it
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from caffe2torch.errors import Span, plural
from caffe2torch.format.schema import is_repeated
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding
from caffe2torch.lint.fork_fields import FIELDS

SEVERITY = "info"
RANK = 77

SCHEDULES = (
    *("rampup_interval", "rampup_lr", "min_lr", "momentum_policy", "larc", "larc_policy"),
    *("weight_decay_policy", "stagelr", "stageiter", "warmup_iter", "warmup_start_lr"),
    *("local_lr_auto", "update_interval", "momentum_start", "momentum_end"),
    *("terminal_epoch_number", "stepearly"),
)
"""Fields of the solver that change what the fork trains."""


def check(c: Context) -> Iterator[Finding]:
    """Yield one finding for the solver's schedule, and one a file for all other fields."""
    if c.is_solver:
        yield from _solver(c)
    for net in c.known_nets:
        spans: dict[str, Span | None] = dict.fromkeys(_fields(net.message, ""))
        for i, layer in enumerate(net.message.layer):
            for path in _fields(layer, ""):
                spans.setdefault(path, net.span(i, path))
        yield from _finding(spans)


def _solver(c: Context) -> Iterator[Finding]:
    names = list(_fields(c.param, ""))
    schedule = [name for name in names if name in SCHEDULES]
    if schedule:
        yield Finding(
            "a fork's schedule, which is not carried out here",
            c.span(schedule[0]),
            "warning",
            "write the schedule with lr_policy, in several runs if need be",
            rank=48,
            why=f"{', '.join(schedule)}: BVLC Caffe does not even read the file",
        )
    yield from _finding({name: c.span(name) for name in names if name not in SCHEDULES})


def _finding(spans: dict[str, Span | None]) -> Iterator[Finding]:
    if spans:
        says = ", ".join(list(spans)[:6]) + (" ..." if len(spans) > 6 else "")
        span = next((span for span in spans.values() if span), None)
        yield Finding(
            f"{plural(len(spans), 'field')} of forks",
            span,
            why=f"{says}: BVLC Caffe 1.0 refuses the file",
        )


def _fields(message: Any, prefix: str) -> Iterator[str]:
    """Paths of the forks' fields that are set; not those inside of another fork's message."""
    foreign = _foreign(message.DESCRIPTOR.name)
    for field, value in message.ListFields():
        if field.name in foreign and not is_repeated(field) and value == field.default_value:
            continue
        if field.name in foreign:
            yield prefix + field.name
        elif field.message_type and field.name not in ("layer", "layers"):
            parts = [value] if hasattr(value, "ListFields") else value
            for part in parts:
                yield from _fields(part, f"{prefix}{field.name}.")


@cache
def _foreign(message: str) -> frozenset[str]:
    """Names of the forks' fields in a message."""
    return frozenset(n for names in FIELDS.get(message, {}).values() for n in names.split())
