"""Each picture gets its answers and its drawings."""

from __future__ import annotations

from pathlib import Path

import pytest

from caffe2torch.config.preprocessing import Given
from caffe2torch.errors import DataError
from caffe2torch.predict.answers import Boxes, Choice, Mask
from caffe2torch.predict.predict import label_note, predict
from caffe2torch.predict.subject import subject
from tests.predict import nets


@pytest.mark.parametrize(
    ("text", "kind", "blob", "end"),
    [(nets.BOXES, Boxes, "out", "boxes"), (nets.PIXELS, Mask, "prob", "mask")],
    ids=["boxes", "mask"],
)
def test_what_can_be_drawn_is_drawn(
    tmp_path: Path, text: str, kind: type, blob: str, end: str
) -> None:
    net, weights = nets.saved(tmp_path, text)
    nets.picture(tmp_path / "a.png", 40, 50)
    chosen, choice = subject(net, weights, Given()), Choice(threshold=-1000)
    (seen,) = predict(chosen, [str(tmp_path / "a.png")], choice, tmp_path / "drawn")
    assert isinstance(seen.answers[blob], kind)
    file = tmp_path / "drawn" / f"a_{end}.png"
    assert nets.size_of(file) == (50, 40)
    assert seen.lines(choice)[-1] == f"-> {file}"
    assert seen.plain(choice)["outputs"][blob]["file"] == str(file)
    assert (seen.plain(choice)["height"], seen.plain(choice)["width"]) == (40, 50)


def test_names_that_do_not_fit_are_told(tmp_path: Path) -> None:
    net, weights = nets.saved(tmp_path, nets.CLASSES)
    nets.picture(tmp_path / "a.png")
    (seen,) = predict(subject(net, weights, Given()), [str(tmp_path / "a.png")], Choice(), None)
    assert seen.files == {}
    assert label_note(seen, Choice()) == label_note(seen, Choice(["x"] * 6)) == ""
    assert label_note(seen, Choice(["x"])).startswith("1 names of classes, and blob prob has 6")


def test_a_picture_that_is_none_is_named(tmp_path: Path) -> None:
    net, weights = nets.saved(tmp_path, nets.CLASSES)
    chosen = subject(net, weights, Given())
    with pytest.raises(DataError, match=r'image "lost.png" does not exist'):
        list(predict(chosen, ["lost.png"], Choice(), None))
