"""C2T107 test-augmentation."""

from __future__ import annotations

import pytest

from tests.lint.checks import Folder, check_fixed, check_noop, fires

CODE = "C2T107"

TEST_PHASE = "include { phase: TEST }\n  transform_param {"


@pytest.mark.parametrize("field", ["mirror: true", "distort_param { brightness_prob: 0.5 }"])
def test_random_test(folder: Folder, field: str) -> None:
    folder.net({TEST_PHASE: f"{TEST_PHASE}\n    {field}"})
    fires(folder, CODE, f"({field.split()[0].rstrip(':')})", severity="warning")


def test_one_layer_for_both_phases(folder: Folder) -> None:
    folder.net({"include { phase: TRAIN }": "", "scale:": "mirror: true scale:"})
    text = folder.net_file.read_text()
    first, second = text.index("layer {"), text.index("layer {", text.index("layer {") + 9)
    end = text.index("layer {", second + 9)
    folder.write(net=text[first:second] + text[end:])
    fires(folder, CODE, "serves TRAIN too", severity="info")


def test_healthy(folder: Folder) -> None:
    check_noop(folder, CODE)


def test_augmented_training(folder: Folder) -> None:
    train = "include { phase: TRAIN }\n  transform_param {"
    folder.net({train: f"{train}\n    mirror: true", TEST_PHASE: f"{TEST_PHASE} mirror: false"})
    check_noop(folder, CODE)


def test_fix(folder: Folder) -> None:
    folder.net({TEST_PHASE: f"{TEST_PHASE}\n    mirror: true"})
    assert "mirror" not in check_fixed(folder, CODE)["train_val.prototxt"]
