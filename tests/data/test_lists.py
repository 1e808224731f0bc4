"""Lists of files: the label is what atoi makes of the last word."""

from __future__ import annotations

from pathlib import Path

import pytest

from caffe2torch.data.lists import labelled, read_list
from caffe2torch.errors import DataError


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("a.jpg 3", ("a.jpg", 3)),
        ("with blank.jpg 4", ("with blank.jpg", 4)),
        ("a.jpg cat", ("a.jpg", 0)),
        ("a.jpg 3.7", ("a.jpg", 3)),
        ("a.jpg -2", ("a.jpg", -2)),
        ("a.jpg +5x", ("a.jpg", 5)),
        ("a.jpg ", ("a.jpg", 0)),
        ("a.jpg\t7", ("a.jpg\t7", 0)),
        ("12.jpg", ("12.jpg", 12)),
        ("a.jpg 6\r", ("a.jpg", 6)),
        ("", ("", 0)),
    ],
)
def test_a_line_is_a_path_and_a_label(tmp_path: Path, line: str, expected: tuple[str, int]) -> None:
    path = tmp_path / "list.txt"
    path.write_bytes(f"first 1\n{line}\n".encode())
    assert labelled(str(path)) == [("first", 1), expected]


def test_the_last_line_needs_no_end(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_text("a 1\nb 2")
    assert labelled(str(path)) == [("a", 1), ("b", 2)]


def test_a_list_is_looked_for_in_the_base_folder(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("a 1\n")
    assert labelled("list.txt", str(tmp_path)) == [("a", 1)]


def test_a_missing_or_empty_list_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match='list "none.txt" does not exist') as caught:
        read_list("none.txt", str(tmp_path))
    assert str(tmp_path) in str(caught.value)
    (tmp_path / "empty.txt").touch()
    with pytest.raises(DataError, match="is empty"):
        read_list(str(tmp_path / "empty.txt"))
    with pytest.raises(DataError, match="cannot be read"):
        read_list(str(tmp_path))
