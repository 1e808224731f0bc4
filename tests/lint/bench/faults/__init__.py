"""The faults that are seeded, one function each: a healthy config in, a faulty one out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from tests.lint.bench.config import Config


class Unfit(Exception):  # noqa: N818  it is no error
    """A config cannot have this fault."""


@dataclass(frozen=True)
class Fault:
    """One fault.

    code:   the cause that a linter should name
    accept: codes that are an equally right diagnosis
    also:   codes that may well appear beside it
    """

    code: str
    name: str
    why: str
    accept: tuple[str, ...]
    also: tuple[str, ...]
    change: Callable[[Config], Config]

    def seed(self, config: Config) -> Config:
        """The config with this fault. Raises Unfit."""
        try:
            return self.change(config)
        except (AssertionError, StopIteration, IndexError) as error:
            raise Unfit from error


_FOUND: list[Fault] = []


def fault(
    code: str, *, accept: str = "", also: str = ""
) -> Callable[[Callable[[Config], Config]], Callable[[Config], Config]]:
    """Register a function as a fault; its docstring says why it is one."""

    def register(change: Callable[[Config], Config]) -> Callable[[Config], Config]:
        why = (change.__doc__ or "").strip()
        name = f"{code}-{change.__name__}".lower().replace("_", "-")
        assert name not in {known.name for known in _FOUND}, f"{name} twice"
        _FOUND.append(Fault(code, name, why, tuple(accept.split()), tuple(also.split()), change))
        return change

    return register


def only(condition: bool) -> None:
    """Raise Unfit unless the condition holds."""
    if not condition:
        raise Unfit


PARTS = ("data", "signal", "rates", "solver", "graph", "wiring", "portability")
VARIANTS = ("data_variants", "signal_variants", "graph_variants", "run_variants")
for part in (*PARTS, *VARIANTS):
    import_module(f"{__name__}.{part}")
ALL = tuple(_FOUND)
