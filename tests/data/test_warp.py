"""Where a window lies in its crop, with context, as a square, at the border."""

from __future__ import annotations

import numpy as np
import pytest

from caffe2torch.data.windows import Cut, cut, take
from caffe2torch.errors import DataError


def test_a_window_is_warped_to_the_whole_crop() -> None:
    assert cut((1, 2, 3, 4), (50, 50), 7, 0, False, False) == Cut((1, 2, 3, 4), 7, 7)


def test_context_grows_the_box_about_its_centre() -> None:
    # 8 wide with 1 of context on a crop of 4: half 4 grows by 4/(4-2) to 8, about centre 14
    place = cut((10, 10, 17, 17), (40, 40), 4, 1, False, False)
    assert place == Cut((6, 6, 22, 22), 4, 4)


def test_what_lies_outside_stays_empty_and_mirrors_with_the_window() -> None:
    # half 4 grows to 8 about centre 4: -4..12, of which 4 of 17 pixels are missing on the left
    place = cut((0, 10, 7, 17), (40, 40), 4, 1, False, False)
    assert place == Cut((0, 6, 12, 22), 4, 3, top=0, left=1)
    mirrored = cut((0, 10, 7, 17), (40, 40), 4, 1, False, True)
    assert mirrored == Cut((0, 6, 12, 22), 4, 3, top=0, left=0)


def test_square_takes_the_longer_side() -> None:
    # 3 wide, 9 high at centre (11.5, 14.5), half 4.5: columns 7..16, rows 10..19
    assert cut((10, 10, 12, 18), (40, 40), 8, 0, True, False).box == (7, 10, 16, 19)


def test_a_window_beyond_its_image_is_refused() -> None:
    image = np.zeros((3, 5, 5), np.uint8)
    with pytest.raises(DataError, match="reaches beyond the image"):
        take(image, Cut((0, 0, 5, 4), 2, 2), False)
    with pytest.raises(DataError, match="wholly outside"):
        cut((50, 50, 52, 52), (10, 10), 4, 1, False, False)
    with pytest.raises(DataError, match="too thin"):
        take(image, Cut((0, 0, 4, 4), 0, 2), False)


def test_a_taken_window_is_mirrored_after_resizing() -> None:
    image = np.array([[[0, 100, 200]]], np.uint8)
    assert take(image, Cut((1, 0, 2, 0), 1, 2), False).tolist() == [[[100, 200]]]
    assert take(image, Cut((1, 0, 2, 0), 1, 2), True).tolist() == [[[200, 100]]]
