"""The kinds of files are those of the folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from caffe2torch.draw import formats
from caffe2torch.draw.scene import Scene
from caffe2torch.errors import UnsupportedError


def test_kinds_are_the_files_of_the_folder(root: Path) -> None:
    assert formats.names() == ["dot", "html", "png", "svg"]


def test_an_unknown_kind_is_refused_with_the_known_ones(lenet: Scene) -> None:
    with pytest.raises(UnsupportedError, match="svgz"):
        formats.render(lenet, "svgz")
