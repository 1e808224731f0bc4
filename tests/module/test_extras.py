"""What is on is named as it stands on the command line; nothing is on by default."""

from __future__ import annotations

from caffe2torch.module.extras import Extras
from caffe2torch.module.options import Options


def test_nothing_is_on_by_default() -> None:
    assert Extras().changed() == {} and Extras().words() == []
    assert Options().changed() == [] and "ema" not in Options().record()


def test_what_is_on_is_said() -> None:
    extras = Extras(ema=0.99, shuffle=True, augment="gentle")
    assert extras.words() == ["--ema 0.99", "--shuffle", "--augment gentle"]
    assert Options(extras=extras).changed() == extras.words()
    assert Options(extras=extras).record()["augment"] == "gentle"
