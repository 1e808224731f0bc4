"""What the forks' dropout layers refuse alike."""

from __future__ import annotations

from caffe2torch.errors import ShapeError


def check_ratio(ratio: float, field: str) -> None:
    """Raise ShapeError for a dropout_ratio that is not above 0 and below 1."""
    if not 0 < ratio < 1:
        raise ShapeError(
            f"dropout_ratio is {ratio:g}",
            field=f"{field}.dropout_ratio",
            hint="use a probability above 0 and below 1",
        )
