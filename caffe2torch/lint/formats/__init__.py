"""How findings are printed, one format a file: `render(report)` returns text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from caffe2torch.lint.finding import Finding
from caffe2torch.registry import Registry

registry = Registry("caffe2torch.lint.formats", "format")


@dataclass
class Report:
    """All that a format may show.

    sources:  path -> text, for the source lines
    after:    what the signal model predicts once the fixes are made, one line each
    color:    whether to print colours
    width:    columns of the terminal, 0 where the output is none
    brief:    whether to print headlines only
    pages:    documentation to append
    """

    findings: list[Finding]
    files: list[str] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)
    after: list[str] = field(default_factory=list)
    color: bool = False
    width: int = 0
    brief: bool = False
    pages: list[str] = field(default_factory=list)

    @cached_property
    def lines(self) -> dict[str, list[str]]:
        """The lines of each file."""
        return {file: text.split("\n") for file, text in self.sources.items()}


def find(name: str) -> Callable[[Report], str]:
    """The renderer of a format."""
    render: Callable[[Report], str] = registry.find(name).render
    return render
