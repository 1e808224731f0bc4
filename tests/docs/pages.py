"""Pages of docs/ as programs: their commands are typed in order, and print what the page shows.

`sh` blocks are typed. `console` blocks hold commands after "$ " and what they print, both streams
together; a line "..." stands for any number of lines. `python` blocks run in one process for the
page. With C2T_WRITE_DOCS=1 the pages get the output of now instead of being compared.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import ROOT

FENCE = re.compile(r"^```(sh|console|python)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
# What differs from run to run and machine to machine: speeds, times, and numbers of measurements.
VARIES = (
    (re.compile(r"[\d,]+(\.\d+)? (images/s|ms|s|iter/s)\b"), r"# \2"),
    (re.compile(r"-?\d+\.\d+(e[-+]\d+)?|\d+e-\d+"), "#"),
    (re.compile(r"\d+ ?%"), "# %"),
    (re.compile(r" +"), " "),
    # a machine's first plot
    (re.compile(r"^Matplotlib is building the font cache.*\n", re.MULTILINE), ""),
)


@dataclass(frozen=True)
class Block:
    """A fenced block of a page: its language, its text, and where the text lies in the page."""

    language: str
    text: str
    start: int

    @property
    def commands(self) -> list[tuple[str, str]]:
        """Each command of a console block with the output below it."""
        parts = re.split(r"^\$ ", self.text, flags=re.MULTILINE)[1:]
        return [(part.partition("\n")[0], part.partition("\n")[2]) for part in parts]


def blocks(page: str) -> Iterator[Block]:
    """The blocks of a page that are run."""
    for match in FENCE.finditer(page):
        yield Block(match[1], match[2], match.start(2))


def masked(text: str) -> list[str]:
    """Lines without what varies."""
    for pattern, instead in VARIES:
        text = pattern.sub(instead, text)
    return [line.rstrip() for line in text.splitlines()]


def agrees(shown: str, printed: str) -> bool:
    """Whether a page's output is that of a command; "..." stands for any lines."""
    parts = [re.escape(line) for line in masked(shown)]
    pattern = "\n".join(r"(?:.*\n)*?.*" if part == r"\.\.\." else part for part in parts)
    return re.fullmatch(pattern, "\n".join(masked(printed))) is not None


@dataclass
class Shell:
    """A folder in which a page's commands are typed, with c2t and this Python on the path."""

    folder: Path

    def __post_init__(self) -> None:
        programs = self.folder / ".bin"
        programs.mkdir(parents=True)
        for name, rest in (("c2t", "-m caffe2torch "), ("python", "")):
            path = programs / name
            path.write_text(f'#!/bin/sh\nexec {sys.executable} {rest}"$@"\n')
            path.chmod(0o755)
        self.environment = {
            **os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "80",
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        }  # fmt: skip
        self.place = self.folder

    def type(self, line: str) -> tuple[int, str]:
        """Type a line; its exit code and all that it printed. `cd` lasts."""
        run = subprocess.run(
            ["bash", "-c", f"{line}\necho; pwd > {self.folder}/.bin/place"],
            cwd=self.place, env=self.environment, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        self.place = Path((self.folder / ".bin" / "place").read_text().strip())
        return run.returncode, run.stdout.removesuffix("\n")

    def python(self, text: str) -> None:
        """Run Python's text; it must not fail."""
        script = self.folder / ".bin" / "page.py"
        script.write_text(text)
        run = subprocess.run(
            [sys.executable, "-W", "error", str(script)], cwd=self.place, env=self.environment,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        assert run.returncode == 0, run.stdout


def run(path: Path, folder: Path) -> None:
    """Type a page in an empty folder; compare what it shows, or write it anew."""
    page, shell = path.read_text(encoding="utf-8"), Shell(folder)
    wrong, python = [], []
    changed = page
    for block in blocks(page):
        if block.language == "python":
            python.append(block.text)
            continue
        if block.language == "sh":
            for line in block.text.replace("\\\n", " ").splitlines():
                code, printed = shell.type(f"set -e\n{line}")
                assert code == 0, f"{line}\n{printed}"
            continue
        for command, shown in block.commands:
            _, printed = shell.type(command)
            printed = printed and printed.rstrip("\n") + "\n"
            if not agrees(shown, printed):
                wrong.append(f"$ {command}\n{printed}")
                changed = changed.replace(f"$ {command}\n{shown}", f"$ {command}\n{printed}")
    if python:
        shell.python("\n".join(python))
    if wrong and os.environ.get("C2T_WRITE_DOCS"):
        path.write_text(changed, encoding="utf-8")
        return
    assert not wrong, "\n".join(wrong) + "\nC2T_WRITE_DOCS=1 writes it anew"
