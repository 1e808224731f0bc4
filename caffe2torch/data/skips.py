"""Bad records that may be left out: each is named once, and one too many is an error."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

from caffe2torch.errors import C2TError
from caffe2torch.terminal import echo

T = TypeVar("T")
R = TypeVar("R")

ENVIRONMENT = "C2T_SKIP_BAD_RECORDS"


def allowed() -> int:
    """Return how many records a feed may leave out: what `--skip-bad-records` set, else none."""
    given = os.environ.get(ENVIRONMENT, "")
    return int(given) if given.isdecimal() else 0


def tell(line: str) -> None:
    """Print a line on standard error; one of several processes has it kept until it fails."""
    echo(line, err="RANK" not in os.environ)


class Skips:
    """What one reader has left out.

    allowed: how many records may be; None for what `--skip-bad-records` set
    report:  gets a line for each, when it is met for the first time
    """

    def __init__(
        self,
        allowed_: int | None = None,
        report: Callable[[str], None] = tell,
    ) -> None:
        self.allowed = allowed() if allowed_ is None else allowed_
        self.report = report
        self.names: set[Hashable] = set()

    def leave_out(self, name: Hashable, error: C2TError) -> None:
        """Leave out the record of this name. Raises: `error` if that is one too many."""
        if name in self.names:
            return
        if len(self.names) == self.allowed:
            if self.allowed:
                error.message += f" (after {self.allowed:,} others that were left out)"
            raise error
        self.names.add(name)
        self.report(f"left out: {error.message}")

    def good(
        self,
        taken: list[T],
        more: Callable[[int], list[T]],
        examine: Callable[[T], object],
        name: Callable[[T], Hashable],
    ) -> list[T]:
        """Return as many as were taken of which `examine` raises nothing, taking more for others.

        name: of what is taken, by which it is known when it comes again
        Raises: what the first one too many raised, or all of a whole round.
        """
        good: list[T] = []
        wanted, since = len(taken), 0
        while True:
            for one in taken:
                try:
                    examine(one)
                except C2TError as error:
                    self.leave_out(name(one), error)
                    since += 1
                    if since > len(self.names) + wanted:  # there is nothing else any more
                        raise
                else:
                    good.append(one)
                    since = 0
            if len(good) == wanted:
                return good
            taken = more(wanted - len(good))


def first_good(items: Iterable[T], read: Callable[[T], R]) -> R:
    """Return what the first item gives that may not be left out for raising an error."""
    first: C2TError | None = None
    for number, item in enumerate(items):
        try:
            return read(item)
        except C2TError as error:
            first = first or error
            if number >= allowed():
                break
    if first is None:
        raise ValueError("no items")
    raise first
