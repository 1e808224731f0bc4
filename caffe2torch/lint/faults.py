"""What the engine itself reports: files that cannot be read, nets that Caffe would refuse.

A rule may explain such a failure better (an unknown field is C2T506); where a rule's error points
at the same place, the failure is not reported a second time.
"""

from __future__ import annotations

from collections.abc import Iterator

from caffe2torch.errors import C2TError, GraphError, ParseError, SchemaError, SolverError
from caffe2torch.lint.finding import Finding

CODES = {
    "C2T001": ("unreadable", "A file cannot be read, or its text is not prototxt."),
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
    kinds = ((ParseError, "C2T001"), (SolverError, "C2T004"), (GraphError, "C2T003"))
    if isinstance(error, SchemaError):
        return "C2T002"
    return next((code for kind, code in kinds if isinstance(error, kind)), "C2T003")


def findings(failures: list[C2TError], explained: list[Finding]) -> Iterator[Finding]:
    """Failures as findings, without those that an error of a rule has explained."""
    places = {(f.span.file, f.span.line) for f in explained if f.span and f.severity == "error"}
    codes = {f.code for f in explained}
    seen = set()
    for error in failures:
        place = (error.span.file, error.span.line) if error.span else None
        if place in places or str(error) in seen or _named(error, codes):
            continue
        seen.add(str(error))
        yield finding(error)


def _named(error: C2TError, codes: set[str]) -> bool:
    """Whether a rule that names all layers of this kind has spoken, though at another of them."""
    if "unknown layer type" in error.message:
        return bool(codes & {"C2T503", "C2T508", "C2T002"})
    return "Python layers run" in error.message and "C2T505" in codes


def finding(error: C2TError) -> Finding:
    """A failure as a finding; it stands before what follows from it."""
    code = code_of(error)
    return Finding(
        error.message,
        error.span,
        "error",
        error.hint or "",
        rank=RANKS.get(code, 0),
        code=code,
        name=CODES[code][0],
    )


def crash(code: str, error: Exception) -> Finding:
    """A rule that raised: never the user's fault, and never a reason to stop."""
    what = f"rule {code} failed: {type(error).__name__}: {error}"
    return Finding(what, None, "info", "please report it", code="C2T009", name=CODES["C2T009"][0])
