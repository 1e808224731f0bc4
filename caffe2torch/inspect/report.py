"""What is known of a file: values for programs, lines and tables for people."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Options:
    """What a user may ask for.

    everything:    read every record of a database, not a sample
    phase, level, stages: the state of a net; a phase of None is both
    width:         columns that a drawing in text may take
    """

    everything: bool = False
    phase: str | None = None
    level: int | None = None
    stages: Sequence[str] = ()
    width: int = 80


@dataclass(frozen=True)
class Table:
    """Rows of text under column heads; the first `left` columns are words, the rest numbers."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    left: int = 1


@dataclass
class Report:
    """What a kind of file tells.

    kind:    its name in JSON: "net", "solver", ...
    data:    the values, of JSON's types once `values.plain` has been over them
    body:    lines and tables, in the order of printing
    picture: writes a PNG to a path and says in a line what it shows; None where there is none
    code:    1 if something is wrong with the content, such as a NaN among weights
    """

    kind: str
    file: str
    data: dict[str, Any] = field(default_factory=dict)
    body: Sequence[str | Table] = ()
    picture: Callable[[Path], str] | None = None
    code: int = 0

    @property
    def json(self) -> dict[str, Any]:
        """Everything, of JSON's types and with finite numbers only."""
        from caffe2torch.inspect.values import plain

        values: dict[str, Any] = plain({"kind": self.kind, "file": self.file, **self.data})
        return values
