"""All rules, one file each: `c2t201_signal_vanishes.py` is the rule C2T201[signal-vanishes].

A rule file is: a docstring, which is the rule's documentation; SEVERITY; optionally RANK,
YIELDS_TO and CONFIRMED_BY; and `check(c)`, which yields `Finding`s about the context `c`. See
`Rule`.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING

from caffe2torch.errors import UnsupportedError
from caffe2torch.lint.finding import SEVERITIES, Finding
from caffe2torch.registry import Registry

if TYPE_CHECKING:
    from caffe2torch.lint.context import Context

registry = Registry("caffe2torch.lint.rules", "rule")
_STEM = re.compile(r"(c2t\d{3})_([a-z0-9_]+)")


@dataclass(frozen=True)
class Rule:
    """One rule, read from its file.

    code, name: from the file name
    severity:   SEVERITY, unless a finding says otherwise
    rank:       RANK: among findings of one severity, causes (low) stand before effects (high)
    yields_to:  YIELDS_TO: codes that are the cause of what this rule sees; where one of them
                fires, it mentions this rule, and this rule stays silent
    confirmed_by: CONFIRMED_BY: codes of health/detectors that a run shows when an error was right
    """

    code: str
    name: str
    severity: str
    rank: int
    yields_to: tuple[str, ...]
    doc: str
    check: Callable[[Context], Iterator[Finding]]
    confirmed_by: tuple[str, ...] = ()

    @property
    def summary(self) -> str:
        return self.doc.partition("\n")[0].rstrip(".")

    @property
    def title(self) -> str:
        return f"{self.code} {self.name}"


def _read(module: ModuleType) -> Rule:
    match = _STEM.fullmatch(module.__name__.rpartition(".")[2])
    if match is None:
        raise TypeError(f"{module.__name__}: a rule file is named like c2t201_signal_vanishes.py")
    if module.SEVERITY not in SEVERITIES:
        raise TypeError(f"{module.__name__}: SEVERITY is one of {', '.join(SEVERITIES)}")
    return Rule(
        code=match[1].upper(),
        name=match[2].replace("_", "-"),
        severity=module.SEVERITY,
        rank=getattr(module, "RANK", 50),
        yields_to=getattr(module, "YIELDS_TO", ()),
        doc=inspect.cleandoc(module.__doc__ or ""),
        check=module.check,
        confirmed_by=getattr(module, "CONFIRMED_BY", ()),
    )


@cache
def every() -> tuple[Rule, ...]:
    """All rules, by code. Raises TypeError naming both files if two have one code."""
    by_code: dict[str, Rule] = {}
    for rule in map(_read, registry.all()):
        if rule.code in by_code:
            raise TypeError(f"two files for {rule.code}: {by_code[rule.code].name} and {rule.name}")
        by_code[rule.code] = rule
    return tuple(sorted(by_code.values(), key=lambda rule: rule.code))


def find(key: str) -> Rule:
    """The rule with this code ("C2T201", "201") or name.

    Raises: UnsupportedError with the nearest codes and names.
    """
    from difflib import get_close_matches

    wanted = key.strip().lower()
    for rule in every():
        if wanted in (rule.code.lower(), rule.code[3:], rule.name):
            return rule
    names = {n.lower(): n for r in every() for n in (r.code, r.name)}
    near = [names[n] for n in get_close_matches(wanted, names, n=2)]
    hint = f"did you mean {' or '.join(near)}?" if near else "`c2t rules` lists them"
    raise UnsupportedError(f'no rule "{key}"', hint=hint)
