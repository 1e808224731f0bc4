"""Lists of images with labels, and of files."""

from __future__ import annotations

from pathlib import Path

import pytest

from caffe2torch.inspect import Options, inspect_file
from caffe2torch.inspect.kinds import file_list
from caffe2torch.inspect.render import lines
from tests.conftest import GOLDEN


@pytest.mark.parametrize(
    ("name", "files", "labels"),
    [("list_all", 16, 12), ("list_odd", 3, 3), ("list_same", 7, 4)],
)
def test_caffes_image_lists_are_known(name: str, files: int, labels: int) -> None:
    found = inspect_file(GOLDEN / "transform" / "images" / f"{name}.txt").json
    assert (found["kind"], found["files"], len(found["labels"])) == ("list", files, labels)
    assert found["missing"] == 0


def test_labels_are_counted_in_their_order(tmp_path: Path) -> None:
    (tmp_path / "l").write_text("a.jpg 10\nb.jpg 9\nc d.jpg 10\n")
    report = inspect_file(tmp_path / "l")
    assert list(report.json["labels"].items()) == [("9", 1), ("10", 2)]
    assert report.json["missing"] == 3
    assert "3 of all are missing, such as a.jpg, b.jpg, c d.jpg" in list(lines(report))[-1]


def test_a_list_of_files_has_no_labels(tmp_path: Path) -> None:
    (tmp_path / "one.h5").touch()
    (tmp_path / "l").write_text("one.h5\nsub/two.h5\n")
    found = inspect_file(tmp_path / "l").json
    assert (found["files"], found["missing"], found["labels"]) == (2, 1, {})


def test_only_the_first_files_are_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_list, "SAMPLE", 2)
    (tmp_path / "l").write_text("".join(f"no/{i}.png {i}\n" for i in range(9)))
    assert inspect_file(tmp_path / "l").json["looked_for"] == 2
    assert inspect_file(tmp_path / "l", Options(everything=True)).json["missing"] == 9
