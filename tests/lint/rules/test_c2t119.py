"""C2T119 augmentation-destroys."""

from __future__ import annotations

import pytest

from tests.lint.checks import Folder, check_fixed, check_noop, fires
from tests.lint.databases import both, image_data, noise, pictures

CODE = "C2T119"

SCALE = "scale: 0.00390625"


def test_colour_made_grey(folder: Folder) -> None:
    lines = [f"{name} {i % 10}" for i, name in enumerate(pictures(folder))]
    image_data(folder, lines, "is_color: false")
    fires(folder, CODE, "they are stored in colour", severity="warning")


def test_grey_with_a_mean_of_three_colours(folder: Folder) -> None:
    mean = "mean_value: [104, 117, 123]"
    folder.net({'mean_file: "mean.binaryproto"': f"{mean} force_gray: true"})
    folder.net({"digits_train": "photos", "digits_test": "others"})
    fires(folder, CODE, "three means are for colour", severity="error")


def test_forced_both_ways(folder: Folder) -> None:
    folder.net({SCALE: f"{SCALE}\n    force_color: true force_gray: true"})
    fires(folder, CODE, "both set", severity="error")


def test_mirrored_digits(folder: Folder) -> None:
    folder.net({SCALE: f"{SCALE}\n    mirror: true"})
    fires(folder, CODE, 'looks like writing ("digit")', severity="info")


def test_crops_of_nothing(folder: Folder) -> None:
    both(folder, noise(size=64), [i % 10 for i in range(64)])
    folder.net({SCALE: f"{SCALE}\n    crop_size: 8"})
    fires(folder, CODE, "shows 1.6% of images of 64 x 64", severity="warning")


def test_healthy(folder: Folder) -> None:
    check_noop(folder, CODE)


def test_raw_records_are_never_forced(folder: Folder) -> None:
    check_noop(folder.net({SCALE: f"{SCALE}\n    force_gray: true"}), CODE)


def test_grey_images(folder: Folder) -> None:
    lines = [f"{name} {i % 10}" for i, name in enumerate(pictures(folder, channels=1))]
    check_noop(image_data(folder, lines, "is_color: false"), CODE)


@pytest.mark.parametrize("name", ["GoogleNet", "pascal_context", "mobilenet"])
def test_mirrored_photographs(folder: Folder, name: str) -> None:
    folder.net(
        {SCALE: f"{SCALE}\n    mirror: true", "digits_t": "t", '"digits_lenet"': f'"{name}"'}
    )
    check_noop(folder.net({'"digits"': '"images"'}), CODE)


def test_fix(folder: Folder) -> None:
    folder.net({SCALE: f"{SCALE}\n    mirror: true"})
    assert "mirror" in check_fixed(folder, CODE)["train_val.prototxt"]  # TEST's is C2T107's
