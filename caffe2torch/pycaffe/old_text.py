"""StringIO of Python 2, which took text and pictures alike."""

from __future__ import annotations

import io
from typing import Any


class StringIO:
    """A buffer of text or of bytes, whichever is given or written first."""

    def __init__(self, initial: str | bytes | None = None) -> None:
        self._buffer: Any = (
            io.StringIO(initial) if isinstance(initial, str) else io.BytesIO(initial or b"")
        )

    def write(self, values: Any) -> int:
        """Append text or bytes."""
        if isinstance(values, str) and isinstance(self._buffer, io.BytesIO):
            if self._buffer.getbuffer().nbytes:
                return self._buffer.write(values.encode())
            self._buffer = io.StringIO()
        written: int = self._buffer.write(values)
        return written

    def __getattr__(self, name: str) -> Any:
        return getattr(self._buffer, name)

    def __iter__(self) -> Any:
        return iter(self._buffer)
