"""What the engine itself reports: files that cannot be read, nets that Caffe would refuse.

A rule may explain such a failure better (an unknown field is C2T506); where a rule's error points
at the same place, the failure is not reported a second time.
"""

from __future__ import annotations

import sys
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from caffe2torch.errors import (
    C2TError,
    DataError,
    GraphError,
    ParseError,
    SchemaError,
    SolverError,
    WeightsError,
)
from caffe2torch.lint.finding import Finding

if TYPE_CHECKING:
    from caffe2torch.format.upgrade import Net

UNREADABLE = "C2T001"
CODES = {
    UNREADABLE: ("unreadable", "A file cannot be read, or is not what it must be."),
    "C2T002": ("schema-error", "A field, value or enum that Caffe's schema does not have."),
    "C2T003": ("net-refused", "Caffe refuses to build this net."),
    "C2T004": ("solver-refused", "Caffe refuses this solver."),
    "C2T009": ("rule-crashed", "A fault of caffe2torch: a rule failed. Please report it."),
}
"""Code -> name and summary; all of them are errors, the last one is an info."""
RANKS = {"C2T003": 19}
"""A net that is refused stands behind the rules that say why (ranks 10 to 18), before the rest."""


def code_of(error: C2TError) -> str:
    """The code under which a failure is reported."""
    kinds = (
        (ParseError, UNREADABLE),
        (WeightsError, UNREADABLE),
        (SolverError, "C2T004"),
        (GraphError, "C2T003"),
    )
    if isinstance(error, SchemaError):
        return "C2T002"
    return next((code for kind, code in kinds if isinstance(error, kind)), "C2T003")


def findings(
    failures: list[C2TError], explained: list[Finding], nets: Iterable[Net] = ()
) -> Iterator[Finding]:
    """Failures as findings, without those that an error of a rule has explained.

    nets: what was read, to see which layers were refused already while reading
    """
    broken = sorted(place for net in nets for place in _broken(net, failures))
    places = {(f.span.file, f.span.line) for f in explained if f.span and f.severity == "error"}
    codes = {f.code for f in explained}
    met: dict[tuple[str, str], dict[str, C2TError]] = {}
    for error in failures:
        place = (error.span.file, error.span.line) if error.span else ("", 0)
        follows = not isinstance(error, SchemaError) and _inside(error, broken)
        if place not in places and not follows and not _named(error, codes):
            met.setdefault((place[0], error.message), {})[str(error)] = error
    for same in met.values():
        yield _finding(list(same.values()))


def _finding(errors: list[C2TError]) -> Finding:
    """One finding for all places of a file where the same is wrong."""
    first = finding(errors[0])
    lines = [str(error.span.line) for error in errors[1:] if error.span]
    if not lines:
        return first
    more = ", ".join(lines[:5]) + (" ..." if len(lines) > 5 else "")
    return replace(first, message=f"{first.message} (line {more} too)")


def _broken(net: Net, failures: list[C2TError]) -> Iterator[tuple[str, int, int]]:
    """Places of the layers that hold a field or value which the schema refuses.

    The graph is that of the net without it, so what it says of such a layer is no second fault.
    """
    refused = sorted(
        error.span.start
        for error in failures
        if isinstance(error, SchemaError) and error.span and error.span.file == net.file
    )
    for block in net.origins:
        if block and bisect_left(refused, block.start) < bisect_left(refused, block.end):
            yield net.file, block.start, block.end


def _inside(error: C2TError, places: list[tuple[str, int, int]]) -> bool:
    """Whether an error points into one of some places, which are in order and do not overlap."""
    if error.span is None:
        return False
    before = bisect_right(places, (error.span.file, error.span.start, sys.maxsize))
    file, start, end = places[before - 1] if before else ("", 0, 0)
    return file == error.span.file and start <= error.span.start < end


def _named(error: C2TError, codes: set[str]) -> bool:
    """Whether a rule that names all layers of this kind has spoken, though at another of them."""
    if "unknown layer type" in error.message:
        return bool(codes & {"C2T503", "C2T508", "C2T002"})
    if '" is not a field of ' in error.message:
        return "C2T506" in codes
    return "Python layers run" in error.message and "C2T505" in codes


def finding(error: C2TError) -> Finding:
    """A failure as a finding; it stands before what follows from it.

    What rests on sizes that were guessed, since the data are not there, is an info only; that a
    file beside the data is not there (an infogain matrix) a warning, as for the data themselves.
    """
    code = code_of(error)
    away = isinstance(error, DataError) and error.message.endswith("cannot be read")
    guess = f", if the data that are not here are {error.assumed}" if error.assumed else ""
    return Finding(
        error.message + guess,
        error.span,
        "info" if guess else "warning" if away else "error",
        error.hint or "",
        rank=RANKS.get(code, 0),
        code=code,
        name=CODES[code][0],
    )


def crash(code: str, error: Exception) -> Finding:
    """A rule that raised: never the user's fault, and never a reason to stop."""
    what = f"rule {code} failed: {type(error).__name__}: {error}"
    return Finding(what, None, "info", "please report it", code="C2T009", name=CODES["C2T009"][0])
