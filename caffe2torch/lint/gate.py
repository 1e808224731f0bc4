"""The lint in front of a training: what it shows, and what it predicts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from caffe2torch import inputs, terminal
from caffe2torch.lint import engine, faults, formats
from caffe2torch.lint.finding import Finding


@dataclass(frozen=True)
class Outlook:
    """Errors of the lint, and the text that shows them and its warnings, "" for none."""

    errors: list[Finding]
    text: str


def look(solver: str, weights: str, skips_unfit: bool = False) -> Outlook:
    """Lint a solver and its nets.

    What the engine itself reports, a file that cannot be read or a net that Caffe refuses, is left
    to the training, which stops there with the same words.

    weights: paths of pretrained weights, comma separated
    skips_unfit: weights that do not fit are left out
    """
    every = engine.lint_file(solver, weights=weights, skips_unfit=skips_unfit)
    findings = [f for f in every if f.severity != "info" and f.code not in faults.CODES]
    text = ""
    if findings:
        sources = _texts(findings)
        report = formats.Report(findings, [solver], sources, width=terminal.width())
        text = formats.find("text")(report).rstrip()
    return Outlook([finding for finding in findings if finding.severity == "error"], text)


def _texts(findings: list[Finding]) -> dict[str, str]:
    """The texts of the files that the findings point into."""
    files = {finding.file for finding in findings if Path(finding.file).is_file()}
    return {file: inputs.read_text(file, "replace") for file in files}
