"""Window files of R-CNN are sorted by overlap; broken ones are refused at their image."""

from __future__ import annotations

from pathlib import Path

import pytest

from caffe2torch import caffe_pb2 as pb
from caffe2torch.data.windows import read_windows
from caffe2torch.errors import DataError

FILE = """# 0
a.png
3 20 30
3
2 0.9 1 2 11 12
1 0.3 0 0 5 5
4 0.1 3 3 8 8
# 1
b.png
3 10 10
1
1 0.5 0 0 9 9
"""


def read(folder: Path, text: str, **fields: object) -> object:
    (folder / "windows.txt").write_text(text)
    return read_windows(pb.WindowDataParameter(source=str(folder / "windows.txt"), **fields))


def test_windows_are_sorted_by_overlap(tmp_path: Path) -> None:
    found = read(tmp_path, FILE, bg_threshold=0.3, root_folder="r/")
    assert [image[0] for image in found.images] == ["r/a.png", "r/b.png"]
    assert [(w.image, w.label) for w in found.foreground] == [(0, 2), (1, 1)]
    # 0.3 is not less than 0.3 in float32: dropped. A background window has label 0.
    assert [(w.image, w.label, w.box) for w in found.background] == [(0, 0, (3, 3, 8, 8))]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (FILE[:-8], "is cut off"),
        (FILE.replace("# 1", "1"), 'image 1: "#" must stand where "1" stands'),
        (FILE.replace("20 30", "20 wide"), "image 0: invalid literal"),
        (FILE.replace("2 0.9", "0 0.9"), "foreground window has label 0"),
        (FILE.replace("0.1", "0.7"), "has no background window"),
        (FILE.replace("# 1", "# 5"), "numbers an image 5 and has 2"),
        (FILE.replace("3 10 10", "1 10 10"), "says 1 channels"),
    ],
)
def test_broken_window_files_are_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(DataError, match=words):
        read(tmp_path, text, bg_threshold=0.3)
