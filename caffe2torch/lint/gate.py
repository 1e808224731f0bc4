"""The lint in front of a training: what it shows, and what it predicts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from caffe2torch import inputs, terminal
from caffe2torch.lint import engine, faults, formats
from caffe2torch.lint.finding import Finding


def show(
    solver: str, weights: str, echo: Callable[[str], None], skips_unfit: bool = False
) -> list[Finding]:
    """Show errors and warnings about a solver; return the errors.

    What the engine itself reports, a file that cannot be read or a net that Caffe refuses, is left
    to the training, which stops there with the same words.

    weights: paths of pretrained weights, comma separated
    echo:    prints text for the user
    skips_unfit: weights that do not fit are left out
    """
    every = engine.lint_file(solver, weights=weights, skips_unfit=skips_unfit)
    findings = [f for f in every if f.severity != "info" and f.code not in faults.CODES]
    if findings:
        sources = _texts(findings)
        report = formats.Report(findings, [solver], sources, width=terminal.width())
        echo(formats.find("text")(report).rstrip())
    return [finding for finding in findings if finding.severity == "error"]


def _texts(findings: list[Finding]) -> dict[str, str]:
    """The texts of the files that the findings point into."""
    files = {finding.file for finding in findings if Path(finding.file).is_file()}
    return {file: inputs.read_text(file, "replace") for file in files}
