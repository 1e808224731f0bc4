"""Handles that a process may open only once, shared by those who want the same database."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any


class Shared:
    """Opens each path once, and closes it when its last user lets go."""

    def __init__(self, open_handle: Callable[[str], Any]) -> None:
        self._open = open_handle
        self._held: dict[str, tuple[Any, int]] = {}
        self._guard = threading.Lock()

    def acquire(self, path: str) -> Any:
        """Return the open handle for `path`, the same one for every spelling of it."""
        real = str(Path(path).resolve())
        with self._guard:
            handle, users = self._held.get(real, (None, 0))
            if handle is None:
                handle = self._open(real)
            self._held[real] = handle, users + 1
        return handle

    def release(self, path: str) -> None:
        """Give back what `acquire` returned; call it once for each acquire."""
        real = str(Path(path).resolve())
        with self._guard:
            handle, users = self._held.pop(real)
            if users > 1:
                self._held[real] = handle, users - 1
            else:
                handle.close()
