"""C2T429 test-blobs-differ."""

from __future__ import annotations

import pytest

from caffe2torch.errors import WeightsError
from caffe2torch.format.upgrade import read_solver
from caffe2torch.train.solver import Solver
from tests.lint.checks import Folder, check_noop, fires, only
from tests.lint.nets import chain

CODE = "C2T429"


def cropped(test: int, train: int) -> str:
    """The digits (8 x 8), cropped to one size for TRAIN and another one for TEST; 0: not at all."""
    head, first, second = chain(2).split("transform_param {")
    assert "phase: TRAIN" in head
    sizes = (f"transform_param {{{f' crop_size: {n}' if n else ''}" for n in (train, test))
    return head + next(sizes) + first + next(sizes) + second


def test_crops_differ(folder: Folder) -> None:
    folder.write(net=cropped(6, 8))
    finding = fires(folder, CODE, 'layer "score" (InnerProduct)', severity="error")
    assert "blobs of 10 × 576, 10 in TEST, blobs of 10 × 1024, 10 in TRAIN" in finding.why
    assert "TRAIN (train_val.prototxt:" in finding.why
    assert "let its bottom have one size in both" in finding.hint
    assert not only(folder.lint(), "C2T009")


def test_train_refuses_the_same(folder: Folder) -> None:
    folder.write(net=cropped(6, 8))
    says = only(folder.lint(), CODE)[0]
    with pytest.raises(WeightsError) as caught:
        Solver(read_solver(str(folder.solver_file)))
    assert caught.value.span == says.span
    assert "blobs of 10 × 576, 10 in the TEST net and" in caught.value.message


def test_sizes_that_are_written_twice(folder: Folder) -> None:
    text = chain(2)
    at = text.index('layer {\n  name: "score"')
    end = text.index('layer { name: "loss"')
    layer = text[at:end]
    train = layer.replace('type: "Inn', 'include { phase: TRAIN } type: "Inn')
    test = layer.replace('type: "Inn', 'include { phase: TEST } type: "Inn')
    assert "bias_term" not in layer
    test = test.replace("inner_product_param {", "inner_product_param { bias_term: false")
    folder.write(net=text[:at] + train + test + text[end:])
    finding = fires(folder, CODE, "give one of the layers another name", severity="error")
    assert finding.span is not None


def test_a_guess_is_no_error(folder: Folder) -> None:
    folder.write(net=cropped(0, 6).replace("digits_t", "elsewhere_t"))
    fires(folder, CODE, "if the missing data are", severity="info")


def test_a_crop_says_the_size_of_missing_data(folder: Folder) -> None:
    """Their channels are guessed: that the first convolution differs is nothing."""
    folder.write(net=cropped(6, 0).replace("digits_test", "elsewhere"))
    finding = fires(folder, CODE, 'layer "score"', severity="error")
    assert "10 × 576" in finding.why


def test_only_guessed_sizes_differ(folder: Folder) -> None:
    """Without its data and without a crop, the size of TEST is a guess."""
    check_noop(folder.write(net=chain(2).replace("digits_test", "elsewhere")), CODE)


def test_equal(folder: Folder) -> None:
    folder.write(net=cropped(6, 6))
    check_noop(folder, CODE)


def test_healthy(folder: Folder) -> None:
    check_noop(folder, CODE)
