"""A net takes pictures by itself, or is refused with what to do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from caffe2torch.config.preprocessing import Given
from caffe2torch.convert.loading import load
from caffe2torch.errors import GraphError, WeightsError
from caffe2torch.predict.subject import subject
from tests.convert.families import head, layer
from tests.predict import nets


def test_one_picture_gives_what_the_net_gives_for_the_prepared_one(tmp_path: Path) -> None:
    net, weights = nets.saved(tmp_path, nets.CLASSES)
    pixels = nets.picture(tmp_path / "a.png")
    chosen = subject(net, weights, Given())
    assert chosen.scores == {"prob": ""}
    np.testing.assert_array_equal(chosen.read(str(tmp_path / "a.png")), pixels)
    value = torch.from_numpy((pixels.astype(np.float32) - 100) * 0.5)[None]
    expected = load(net, weights)(value)
    assert torch.equal(chosen.blobs(pixels, ["prob"])["prob"], expected)


def test_a_batch_that_the_net_fixes_is_filled(tmp_path: Path) -> None:
    fixed = nets.CLASSES + layer(
        "Reshape", "r", "prob", "r", "reshape_param { shape { dim: 4 dim: 2 dim: 3 } }"
    )
    net, weights = nets.saved(tmp_path, fixed)
    chosen = subject(net, weights, Given())
    pixels = nets.picture(tmp_path / "a.png")
    blobs = chosen.blobs(pixels, ["r", "prob"])
    assert chosen.batch == 4
    assert blobs["r"].shape == (1, 2, 3)
    torch.testing.assert_close(blobs["r"].flatten(), blobs["prob"].flatten())


def test_a_net_that_ends_in_a_loss_shows_what_the_loss_reads(tmp_path: Path) -> None:
    loss = layer("SoftmaxWithLoss", "loss", "fc", "loss").replace(
        'bottom: "fc"', 'bottom: "fc" bottom: "label"'
    )
    data = nets.DATA.replace('top: "data"', 'top: "data" top: "label"').replace(
        "mean_value: 100", "mean_value: 100 crop_size: 8"
    )
    body = nets.CLASSES.partition("\n")[2].partition("\n")[2].partition("\n")[0]
    net, weights = nets.saved(tmp_path, data + body + "\n" + loss)
    assert subject(net, weights, Given()).scores == {"fc": "Softmax"}


def test_what_is_no_picture_is_refused(tmp_path: Path) -> None:
    relu = layer("ReLU", "r", "data", "r")
    net, weights = nets.saved(tmp_path, nets.CLASSES)
    with pytest.raises(WeightsError, match=r"has no weights.*--weights FILE"):
        subject(net, None, Given())
    for shape, hint in (((1, 3), "data"), ((1, 3, 1, 1), "--input-shape data=1,3,H,W")):
        net.write_text(head("net", *shape) + relu)
        with pytest.raises(GraphError, match=hint):
            subject(net, weights, Given())


def test_a_second_input_is_named(tmp_path: Path) -> None:
    extra = 'layer { name: "in2" type: "Input" top: "more" input_param { shape { dim: 2 } } }\n'
    net, weights = nets.saved(tmp_path, nets.CLASSES + extra)
    with pytest.raises(GraphError, match=r'takes "more" beside the picture "data"'):
        subject(net, weights, Given())


def test_an_open_size_is_set(tmp_path: Path) -> None:
    net, weights = nets.saved(tmp_path, nets.PIXELS)
    net.write_text(nets.PIXELS.replace("dim: 32 dim: 32", "dim: 1 dim: 1"))
    chosen = subject(net, weights, Given(), {"data": (1, 3, 40, 48)})
    assert chosen.prepared.shape == (3, 40, 48)
