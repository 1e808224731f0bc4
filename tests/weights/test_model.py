"""Trained weights: files of Caffe of every age, round trips, the net inside."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from caffe2torch import weights
from caffe2torch.errors import WeightsError
from caffe2torch.format import schema
from tests.weights.files import ARRAYS, DIFFS, GOLDEN, name_of, small_net

UPGRADE = json.loads((GOLDEN / "upgrade" / "index.json").read_text())["cases"]
LOADED = [case for case in UPGRADE if case["kind"] == "load"]
CAFFEMODELS = sorted(GOLDEN.rglob("*.caffemodel"))


def proto_array(blob) -> np.ndarray:
    """The numbers of a BlobProto as protobuf itself reads them."""
    return np.array(blob.double_data or blob.data, np.float32)


@pytest.mark.parametrize("path", CAFFEMODELS, ids=name_of)
def test_caffemodels_read_as_protobuf_reads_them(path: Path) -> None:
    message = schema.read(path, "NetParameter").message
    read = weights.read_weights(path, diffs=True)
    layers = list(message.layer) or [
        old.layer if old.HasField("layer") else old for old in message.layers
    ]
    assert list(read) == [layer.name for layer in layers]
    assert read.name == message.name
    for layer in layers:
        assert len(read[layer.name]) == len(layer.blobs)
        for i, blob in enumerate(layer.blobs):
            array = read[layer.name][i]
            assert array is not None
            assert array.dtype == np.float32
            np.testing.assert_array_equal(array.reshape(-1), proto_array(blob))
            legacy = (blob.num, blob.channels, blob.height, blob.width)
            assert array.shape == (legacy if blob.HasField("num") else tuple(blob.shape.dim))
            assert ((layer.name, i) in read.legacy) == blob.HasField("num")
            if blob.diff:
                diff = read.diffs[layer.name][i]
                assert diff is not None
                np.testing.assert_array_equal(diff.reshape(-1), np.array(blob.diff, np.float32))


@pytest.mark.parametrize("case", LOADED, ids=lambda c: c["weights"])
def test_old_files_load_into_a_present_net_as_in_caffe(case) -> None:
    read = weights.read_weights(GOLDEN / "upgrade" / case["weights"])
    expected = np.load(GOLDEN / "upgrade" / case["npz"])
    assert expected.files
    for key in expected.files:
        layer, index = key.split(":")
        array = read.fitted(layer, int(index), expected[key].shape)
        np.testing.assert_array_equal(array, expected[key])


def test_fitted_refuses_what_caffe_refuses(tmp_path: Path) -> None:
    read = weights.ModelWeights(
        "f.caffemodel", "", {"ip": [np.zeros((1, 1, 1, 4), np.float32), None]}
    )
    with pytest.raises(WeightsError, match=r'parameter 0 of layer "ip" has shape \(1, 1, 1, 4\)'):
        read.fitted("ip", 0, (4,))
    read.legacy.add(("ip", 0))
    assert read.fitted("ip", 0, (4,)).shape == (4,)
    with pytest.raises(WeightsError, match="the net has"):
        read.fitted("ip", 0, (2, 2))
    with pytest.raises(WeightsError, match='no parameter 1 of layer "ip"'):
        read.fitted("ip", 1, (4,))


@pytest.mark.parametrize("suffix", ["", ".h5"])
@pytest.mark.parametrize("diffs", [None, DIFFS])
def test_round_trip(tmp_path: Path, suffix: str, diffs) -> None:
    path = tmp_path / f"w.caffemodel{suffix}"
    if suffix:
        weights.write_caffemodel_h5(path, ARRAYS | {"relu": []}, diffs)
    else:
        weights.write_caffemodel(path, small_net(), ARRAYS, diffs)
    read = weights.read_weights(path, diffs=True)
    assert set(read) == {"ip", "relu"}
    for got, given in ((read.blobs, ARRAYS), (read.diffs, diffs or {})):
        for layer, arrays in given.items():
            for a, b in zip(got[layer], arrays, strict=True):
                np.testing.assert_array_equal(a, b)
    assert bool(read.diffs) == bool(diffs)
    assert not weights.read_weights(path).diffs
    assert list(tmp_path.iterdir()) == [path]


def test_written_bytes_are_those_of_protobuf(tmp_path: Path) -> None:
    net = small_net()
    weights.write_caffemodel(tmp_path / "w", net, ARRAYS)
    for array in ARRAYS["ip"]:
        net.layer[0].blobs.add(data=array.reshape(-1)).shape.dim.extend(array.shape)
    assert (tmp_path / "w").read_bytes() == net.SerializeToString(deterministic=True)


def test_writing_what_the_net_does_not_have(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="no layer ghost"):
        weights.write_caffemodel(tmp_path / "w", small_net(), {"ghost": []})
    with pytest.raises(WeightsError, match="cannot be written"):
        weights.write_caffemodel(tmp_path / "no" / "w", small_net(), ARRAYS)
    assert not list(tmp_path.iterdir())


def test_the_net_in_a_caffemodel(tmp_path: Path) -> None:
    weights.write_caffemodel(tmp_path / "w", small_net(), ARRAYS)
    assert weights.read_structure(tmp_path / "w").message == small_net()
    old = weights.read_structure(GOLDEN / "upgrade" / "bin_v0.in.caffemodel")
    new = schema.read(GOLDEN / "upgrade" / "bin_v0.out.caffemodel", "NetParameter").message
    for layer in new.layer:
        layer.ClearField("blobs")
    assert old.message == new
