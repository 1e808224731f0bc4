"""What a rule sees of a config: its signal, what it starts from, and its comments."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from caffe2torch.config.files import Unavailable
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import Finding

DATA = 'layer { name: "d" type: "%s" top: "x" top: "y" %s }\n'
LISTED = DATA % ("ImageData", 'image_data_param { source: "no" batch_size: 4 } %s')
CROPPED = LISTED % "transform_param { crop_size: 8 %s }"
CONV = (
    'layer {{ name: "a" type: "Convolution" bottom: "x" top: "a" '
    "convolution_param {{ num_output: 4 kernel_size: 3 {} }} }}\n"
)
IP = (
    'layer {{ name: "b" type: "InnerProduct" bottom: "a" top: "b" '
    "inner_product_param {{ num_output: 4 {} }} }}\n"
)
FILLED = 'weight_filler { type: "gaussian" std: 0.1 }'
LOSS = 'layer { name: "l" type: "SoftmaxWithLoss" bottom: "b" bottom: "y" top: "l" }\n'


def net(source: str, fillers: tuple[str, str] = (FILLED, FILLED)) -> str:
    return source + CONV.format(fillers[0]) + IP.format(fillers[1]) + LOSS


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("solver.prototxt").write_text('net: "net.prototxt" base_lr: 0.5 lr_policy: "fixed"')


def context(text: str, alone: bool = False, weights: str = "") -> Context:
    Path("net.prototxt").write_text(text)
    return Context("net.prototxt" if alone else "solver.prototxt", weights=weights)


@pytest.mark.parametrize(
    ("text", "alone", "severity"),
    [
        (net(CROPPED % "mean_value: 100"), False, "error"),
        (net(CROPPED % ""), False, "warning"),  # whatever mean the images have
        (net(CROPPED % "mean_value: 100"), True, "warning"),  # at an unknown rate
        (net(DATA % ("MemoryData", "memory_data_param { batch_size: 4 channels: 1 height: 9 "
             "width: 9 }")), False, "warning"),  # of any size
    ],
)  # fmt: skip
def test_a_fault_is_an_error_only_where_nothing_is_guessed(
    text: str, alone: bool, severity: str
) -> None:
    c = context(text, alone)
    assert c.softened("error") == severity
    assert c.softened("info") == "info"


def test_images_that_are_here_come_with_the_mean_that_they_have() -> None:
    Image.fromarray(np.full((9, 9, 3), 100, np.uint8)).save("a.png")
    Path("no").write_text("a.png 0\na.png 1\n")
    assert context(net(CROPPED % "")).softened("error") == "error"


def test_a_change_is_predicted_beside_the_signal_as_written() -> None:
    c = context(net(CROPPED % "mean_value: 100"))
    assert c.signal is c.signal
    main, louder = c.signal.main, c.signal_with(scale=10.0).main
    assert main is not None and louder is not None
    assert louder.std == pytest.approx(10 * main.std)
    assert c.signal_with(base_lr=3.0).layers[0].rate == 3.0
    assert c.signal.layers[0].rate == 0.5


def test_what_training_starts_from() -> None:
    scratch = context(net(CROPPED % ""))
    assert scratch.from_scratch and not scratch.awaits_weights
    given = context(net(CROPPED % ""), weights="w.caffemodel")
    assert not given.from_scratch and not given.awaits_weights
    bare = net(CROPPED % "", ("", FILLED))
    assert context(bare, alone=True).awaits_weights  # nobody says what it starts from
    assert not context(bare).awaits_weights  # one layer without a filler is an oversight


def test_a_study_is_made_once_until_all_is_forgotten() -> None:
    c = context(net(CROPPED % ""))
    calls = []

    def study(seen: Context) -> int:
        calls.append(seen)
        return len(calls)

    assert [c.once(study), c.once(study)] == [1, 1]
    train, signal = c.train, c.signal
    c.forget()
    assert c.once(study) == 2 and calls == [c, c]
    assert c.train is not train and c.signal is not signal


def test_comments_of_each_file_are_its_own() -> None:
    c = context("# c2t: ignore-file[C2T4]\n" + net(CROPPED % ""))
    silenced = Finding("x", code="C2T401")
    assert c.train.layers  # comments are known of what was read
    assert c.suppressions("net.prototxt").silence(silenced)
    assert not c.suppressions("solver.prototxt").silence(silenced)
    assert not c.suppressions("none.prototxt").silence(silenced)


def test_a_net_that_caffe_refuses_has_no_signal() -> None:
    c = context(net(CROPPED % "").replace('bottom: "a"', 'bottom: "nobody"'))
    with pytest.raises(Unavailable):
        _ = c.signal
