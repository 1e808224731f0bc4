"""What the signal model predicts once the proposed fixes are made."""

from __future__ import annotations

from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding


def lines(context: Context, findings: list[Finding]) -> list[str]:
    """Lines to print below the findings, none if there is nothing to fix."""
    return []
