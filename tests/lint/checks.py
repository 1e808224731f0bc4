"""Helpers of the rules' tests: edit a healthy config, lint it, fix it.

Each test starts from the folder that `c2t quickstart` writes: real digits, a LeNet and a solver
that lint clean. A case is a few replacements in it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from caffe2torch.config.files import Files
from caffe2torch.lint import engine, fix
from caffe2torch.lint.config import Config
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding

Changes = dict[str, str]


@dataclass
class Folder:
    """A folder with a solver and its net; `solver` and `net` make changed copies."""

    path: Path
    weights: str = ""

    @property
    def solver_file(self) -> Path:
        return self.path / "solver.prototxt"

    @property
    def net_file(self) -> Path:
        return self.path / "train_val.prototxt"

    def solver(self, changes: Changes) -> Folder:
        """Replace texts in the solver, each of which must be there; "" as key appends."""
        return self._edit(self.solver_file, changes)

    def net(self, changes: Changes) -> Folder:
        """Replace texts in the net, everywhere they stand."""
        return self._edit(self.net_file, changes)

    def write(self, *, solver: str | None = None, net: str | None = None) -> Folder:
        """Replace whole files."""
        for file, text in ((self.solver_file, solver), (self.net_file, net)):
            if text is not None:
                file.write_text(text, encoding="utf-8")
        return self

    def _edit(self, file: Path, changes: Changes) -> Folder:
        text = file.read_text(encoding="utf-8")
        for old, new in changes.items():
            assert old in text, f"{old!r} is not in {file.name}:\n{text}"
            text = text.replace(old, new) if old else text + new
        file.write_text(text, encoding="utf-8")
        return self

    def lint(self, select: Iterable[str] = ("ALL",)) -> list[Finding]:
        """All findings, or those of some codes."""
        return engine.lint_file(self.solver_file, select=tuple(select), weights=self.weights)


def only(findings: Iterable[Finding], code: str) -> list[Finding]:
    """The findings of one rule."""
    return [f for f in findings if f.code == code]


def fires(folder: Folder, code: str, *says: str, severity: str = "") -> Finding:
    """The rule's first finding; its text must contain each of `says`."""
    findings = folder.lint()
    found = only(findings, code)
    assert found, f"{code} is silent; there are {[f.code for f in findings]}"
    crashed = [f.text for f in only(findings, "C2T009")]
    assert not crashed, crashed
    for text in says:
        assert text in found[0].text, found[0].text
    if severity:
        assert found[0].severity == severity, found[0]
    return found[0]


def check_noop(folder: Folder, code: str) -> None:
    """The rule has nothing to say, not even as a part of another finding."""
    findings = folder.lint()
    noted = [f.text for f in findings if f.code == code or any(code in a for a in f.also)]
    assert not noted, noted


def check_fixed(folder: Folder, code: str) -> dict[str, str]:
    """The rule's fix cures it, is idempotent, and keeps every comment. Returns the new texts.

    Only this rule's fixes are made, unsafe ones too.
    """
    fires(folder, code)
    config = Config(select=(code,))

    def relint(texts: dict[str, str]) -> tuple[Context, list[Finding]]:
        context = Context(str(folder.solver_file), Files(texts), folder.weights)
        return context, engine.run(context, config)

    applied = fix.apply_all(relint, unsafe=True)
    assert applied.fixes, f"{code} offers no fix"
    for file, text in applied.texts.items():
        comments = _comments(Path(file).read_text(encoding="utf-8"))
        assert comments == _comments(text), f"{file}: comments were lost"
    _, again = relint(applied.texts)
    assert not again, [f.text for f in again]
    fix.write(applied.texts)
    return applied.texts


def _comments(text: str) -> list[str]:
    return ["#" + line.partition("#")[2] for line in text.splitlines() if "#" in line]
