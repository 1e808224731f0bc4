"""The lint in front of a training: what it shows, and whether the training may begin."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from caffe2torch.lint import engine, formats
from caffe2torch.lint.finding import Finding


def passes(solver: str, weights: str, echo: Callable[[str], None]) -> bool:
    """Show errors and warnings about a solver; False if there is an error.

    weights: paths of pretrained weights, comma separated
    echo:    prints text for the user
    """
    findings = [f for f in engine.lint_file(solver, weights=weights) if f.severity != "info"]
    if findings:
        report = formats.Report(findings, [solver], _texts(findings))
        echo(formats.find("text")(report).rstrip())
    stopped = any(finding.severity == "error" for finding in findings)
    if stopped:
        echo("not trained, because of the errors above; --no-lint trains anyway")
    return not stopped


def _texts(findings: list[Finding]) -> dict[str, str]:
    """The texts of the files that the findings point into."""
    files = {finding.file for finding in findings if Path(finding.file).is_file()}
    return {file: Path(file).read_text(encoding="utf-8-sig", errors="replace") for file in files}
