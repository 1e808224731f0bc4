"""What a rule yields: a finding, and the edits that would cure it."""

from __future__ import annotations

from dataclasses import dataclass, field

from caffe2torch.errors import Span

SEVERITIES = ("error", "warning", "info")
"""error: cannot train as written; warning: likely harm; info: worth knowing."""


@dataclass(frozen=True)
class FileEdit:
    """Replace the characters start:end of `file` (0-based offsets) by `new`."""

    file: str
    start: int
    end: int
    new: str


@dataclass(frozen=True)
class Fix:
    """Edits that cure a finding; not `safe` when they change what is trained."""

    title: str
    edits: tuple[FileEdit, ...]
    safe: bool = False


@dataclass(frozen=True)
class Finding:
    """One fault of a config.

    message:  the headline: what is wrong and where, with the config's own numbers
    span:     the place, None only where the file holds none
    severity: overrides the rule's own, for rules that grade by what they measured
    hint:     what to do; ways: further ways out, less recommended
    about:    what it concerns (a layer, a field); a finding yields only to one about the same
              thing, where both say what they are about
    rank:     overrides the rule's RANK; among findings of one severity the lowest comes first
    why:      what follows from it, in one to three short sentences
    code, name: filled in by the engine, from the file name of the rule
    """

    message: str
    span: Span | None = None
    severity: str = ""
    hint: str = ""
    fix: Fix | None = None
    about: str = ""
    rank: int | None = None
    code: str = ""
    name: str = ""
    also: tuple[str, ...] = field(default=(), compare=False)
    why: str = ""
    ways: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """All of it in one line, with the codes of other rules that see the same fault."""
        why = f": {self.why}" if self.why else ""
        also = f" (also {', '.join(self.also)})" if self.also else ""
        hint = f" → {'; or '.join(self.ways_out)}" if self.ways_out else ""
        return f"{self.message}{why}{also}{hint}"

    @property
    def ways_out(self) -> tuple[str, ...]:
        """The recommended way out first, then the others."""
        return (self.hint, *self.ways) if self.hint else self.ways

    @property
    def file(self) -> str:
        return self.span.file if self.span else ""
