"""Window files are sorted by overlap, and windows cut out: with context, square, at the border."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from caffe2torch import caffe_pb2 as pb
from caffe2torch.data.windows import Cut, cut_out, place_window, read_windows
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


def test_a_window_is_warped_to_the_whole_crop() -> None:
    assert place_window((1, 2, 3, 4), (50, 50), 7, 0, False, False) == Cut((1, 2, 3, 4), 7, 7)


def test_context_grows_the_box_about_its_centre() -> None:
    # 8 wide with 1 of context on a crop of 4: half 4 grows by 4/(4-2) to 8, about centre 14
    place = place_window((10, 10, 17, 17), (40, 40), 4, 1, False, False)
    assert place == Cut((6, 6, 22, 22), 4, 4)


def test_what_lies_outside_stays_empty_and_mirrors_with_the_window() -> None:
    # half 4 grows to 8 about centre 4: -4..12, of which 4 of 17 pixels are missing on the left
    place = place_window((0, 10, 7, 17), (40, 40), 4, 1, False, False)
    assert place == Cut((0, 6, 12, 22), 4, 3, top=0, left=1)
    mirrored = place_window((0, 10, 7, 17), (40, 40), 4, 1, False, True)
    assert mirrored == Cut((0, 6, 12, 22), 4, 3, top=0, left=0)


def test_square_takes_the_longer_side() -> None:
    # 3 wide, 9 high at centre (11.5, 14.5), half 4.5: columns 7..16, rows 10..19
    assert place_window((10, 10, 12, 18), (40, 40), 8, 0, True, False).box == (7, 10, 16, 19)


def test_a_window_beyond_its_image_is_refused() -> None:
    image = np.zeros((3, 5, 5), np.uint8)
    with pytest.raises(DataError, match="reaches beyond the image"):
        cut_out(image, Cut((0, 0, 5, 4), 2, 2), False)
    with pytest.raises(DataError, match="wholly outside"):
        place_window((50, 50, 52, 52), (10, 10), 4, 1, False, False)
    with pytest.raises(DataError, match="too thin"):
        cut_out(image, Cut((0, 0, 4, 4), 0, 2), False)


def test_a_taken_window_is_mirrored_after_resizing() -> None:
    image = np.array([[[0, 100, 200]]], np.uint8)
    assert cut_out(image, Cut((1, 0, 2, 0), 1, 2), False).tolist() == [[[100, 200]]]
    assert cut_out(image, Cut((1, 0, 2, 0), 1, 2), True).tolist() == [[[200, 100]]]
