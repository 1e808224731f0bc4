"""What a detector says of a run."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Observation:
    """One thing that goes wrong in a run.

    code:      such as "C2T608"
    name:      such as "nan-or-inf"
    iteration: when it was seen
    evidence:  what was measured, with numbers
    advice:    what to do
    layer:     where, "" for the whole net
    fatal:     whether this run cannot learn any more
    """

    code: str
    name: str
    iteration: int
    evidence: str
    advice: str
    layer: str = ""
    fatal: bool = False

    @property
    def text(self) -> str:
        """The observation for a terminal."""
        place = f' (layer "{self.layer}")' if self.layer else ""
        head = f"iteration {self.iteration}: {self.code}[{self.name}]{place} {self.evidence}"
        return f"{head}\n  → {self.advice}"

    def record(self) -> dict[str, Any]:
        """The observation for events.jsonl."""
        return {"event": "finding", **asdict(self)}
