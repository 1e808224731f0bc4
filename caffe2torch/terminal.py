"""What standard output is: whether colours are wanted, and how wide it is."""

from __future__ import annotations

import os
import shutil
import sys


def colors() -> bool:
    """Whether to print colours: on a terminal, unless NO_COLOR is set or it is a dumb one.

    FORCE_COLOR asks for them elsewhere, too.
    Source: no-color.org
    """
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def width() -> int:
    """Columns of the terminal, 0 where the output is none."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
