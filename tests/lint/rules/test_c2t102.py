"""C2T102 mean-channel-order."""

from __future__ import annotations

from tests.lint.checks import Folder, check_fixed, check_noop, fires
from tests.lint.databases import both, noise

CODE = "C2T102"

MEAN = '    mean_file: "mean.binaryproto"\n'
RGB = "    mean_value: 180 mean_value: 120 mean_value: 60\n"
BGR = "    mean_value: 60 mean_value: 120 mean_value: 180\n"


def colour(folder: Folder, mean: str) -> Folder:
    """Colour data of mean 60, 120, 180 with this mean_value."""
    folder.net({MEAN: f"{MEAN}{mean}"})
    return both(folder, noise(64, 3, 8, (60, 120, 180)), [i % 10 for i in range(64)])


def test_against_the_data(folder: Folder) -> None:
    finding = fires(colour(folder, RGB), CODE, "mean 180, 120, 60", "only backwards")
    assert finding.severity == "warning"


def test_pretrained_weights_make_it_an_error(folder: Folder) -> None:
    folder.weights = "vgg.caffemodel"
    fires(colour(folder, RGB), CODE, severity="error")


def test_published_mean_without_the_data(folder: Folder) -> None:
    folder.net({"digits_test": "other", "digits_train": "imagenet"})
    folder.net({MEAN: "    mean_value: [123.68, 116.78, 103.94]\n"})
    fires(folder, CODE, "a published mean in BGR order")
    fixed = check_fixed(folder, CODE)["train_val.prototxt"]
    assert "mean_value: [103.94, 116.78, 123.68]" in fixed


def test_in_order(folder: Folder) -> None:
    check_noop(colour(folder, BGR), CODE)


def test_published_mean_in_order(folder: Folder) -> None:
    folder.net({"digits_train": "imagenet", MEAN: "    mean_value: [104, 117, 123]\n"})
    check_noop(folder, CODE)


def test_no_order_in_a_single_value(folder: Folder) -> None:
    check_noop(colour(folder, "    mean_value: 120\n"), CODE)


def test_fix(folder: Folder) -> None:
    text = check_fixed(colour(folder, RGB), CODE)["train_val.prototxt"]
    assert text.count(BGR.strip()) == 2
