"""C2T122 label-not-a-number."""

from __future__ import annotations

import pytest

from tests.lint.checks import Folder, check_noop, fires
from tests.lint.databases import image_data, pictures

CODE = "C2T122"


@pytest.mark.parametrize(
    ("line", "says", "severity"),
    [
        ("{} cat", '"cat" is read as 0', "error"),
        ("{} 3.7", '"3.7" is read as 3', "warning"),
        ("{}\t3", "a tab stands where", "error"),
        ("{}", "is read as 0", "error"),
    ],
)
def test_not_whole(folder: Folder, line: str, says: str, severity: str) -> None:
    image_data(folder, [line.format(name) for name in pictures(folder)])
    fires(folder, CODE, "line 1", says, "in 12 of 12 lines", severity=severity)


def test_few(folder: Folder) -> None:
    names = pictures(folder, 24)
    image_data(folder, [f"{name} {'x' if i == 7 else i % 10}" for i, name in enumerate(names)])
    fires(folder, CODE, "line 8", "in 1 of 24 lines", severity="warning")


@pytest.mark.parametrize("line", ["{} {}", "a folder/{} {}\r", "{} +{}"])
def test_whole(folder: Folder, line: str) -> None:
    names = pictures(folder)
    check_noop(image_data(folder, [line.format(n, i % 10) for i, n in enumerate(names)]), CODE)


def test_other_sources(folder: Folder) -> None:
    check_noop(folder, CODE)
