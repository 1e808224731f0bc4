"""A config as text that faults can be seeded into: solver lines and layers by name."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Config:
    """A healthy or faulty config.

    solver: its lines, without line ends
    head:   what the net file begins with
    layers: the layers' texts
    files:  other files of the folder: name -> bytes
    argv:   more arguments for `c2t lint`
    data:   which data it reads: "digits" or "photos"
    """

    name: str
    solver: tuple[str, ...]
    layers: tuple[str, ...]
    data: str
    head: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    argv: tuple[str, ...] = ()

    @property
    def net(self) -> str:
        return self.head + "".join(self.layers)

    # -- the solver ---------------------------------------------------------------------------

    def set(self, **fields: str) -> Config:
        """Set solver fields, in place or at the end."""
        lines = list(self.solver)
        for name, value in fields.items():
            new = f"{name}: {value}"
            at = [i for i, line in enumerate(lines) if re.match(rf"{name}\s*:", line)]
            if at:
                lines[at[0]] = new
            else:
                lines.append(new)
        return replace(self, solver=tuple(lines))

    def drop(self, *names: str) -> Config:
        """Remove solver fields, all of a repeated one."""
        kept = [s for s in self.solver if s.partition(":")[0].strip() not in names]
        return replace(self, solver=tuple(kept))

    def number(self, name: str) -> float:
        """A number of the solver."""
        line = next(s for s in self.solver if s.startswith(f"{name}:"))
        return float(line.partition(":")[2])

    # -- the net ------------------------------------------------------------------------------

    def edit(self, old: str, new: str, *, count: int = 0, layer: str = "") -> Config:
        """Replace text that is in the layers (or in one), `count` times (0: everywhere)."""
        left, layers = count or -1, []
        found = False
        for text in self.layers:
            inside = not layer or f'name: "{layer}"' in text
            if inside and left and old in text:
                found = True
                times = text.count(old) if left < 0 else min(left, text.count(old))
                text = text.replace(old, new, times)
                left -= times if left > 0 else 0
            layers.append(text)
        assert found, f"{old!r} is not in {self.name}"
        return replace(self, layers=tuple(layers))

    def sub(
        self, pattern: str, new: str | Callable[[re.Match[str]], str], count: int = 0
    ) -> Config:
        """Replace a regular expression in the layers; it must match."""
        text, times = re.subn(pattern, new, "\x00".join(self.layers), count=count)
        assert times, f"{pattern!r} is not in {self.name}"
        return replace(self, layers=tuple(text.split("\x00")))

    def insert(self, text: str, *, before: str = "", after: str = "") -> Config:
        """Add a layer before or after the first one of a name."""
        at = self.index(before or after) + bool(after)
        return replace(self, layers=(*self.layers[:at], text, *self.layers[at:]))

    def remove(self, name: str) -> Config:
        """Remove the first layer of a name."""
        at = self.index(name)
        return replace(self, layers=self.layers[:at] + self.layers[at + 1 :])

    def index(self, name: str) -> int:
        """Position of the first layer of a name."""
        return next(i for i, text in enumerate(self.layers) if f'name: "{name}"' in text)

    def first(self, kind: str) -> str:
        """Name of the first layer of a type."""
        return self.names(kind)[0]

    def names(self, kind: str) -> list[str]:
        """Names of the layers of a type."""
        found = [text for text in self.layers if f'type: "{kind}"' in text]
        return [m[1] for text in found if (m := re.search(r'name: "([^"]+)"', text))]

    def text(self, name: str) -> str:
        """The text of the first layer of a name."""
        return self.layers[self.index(name)]
