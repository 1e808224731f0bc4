"""Weights, means and solver states: Caffe's own files, round trips, and damaged ones."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import numpy as np
import pytest

from caffe2torch import caffe_pb2 as pb
from caffe2torch import weights
from caffe2torch.errors import WeightsError
from caffe2torch.format import schema
from caffe2torch.weights import SolverState

GOLDEN = Path(__file__).parents[1] / "golden"
UPGRADE = json.loads((GOLDEN / "upgrade" / "index.json").read_text())["cases"]
LOADED = [case for case in UPGRADE if case["kind"] == "load"]
CAFFEMODELS = sorted(GOLDEN.rglob("*.caffemodel"))
STATES = sorted(GOLDEN.rglob("*.solverstate"))


def name_of(path: Path) -> str:
    return str(path.relative_to(GOLDEN))


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


def small_net() -> pb.NetParameter:
    net = pb.NetParameter(name="n")
    layer = net.layer.add(name="ip", type="InnerProduct", bottom=["x"], top=["y"])
    layer.inner_product_param.num_output = 2
    layer.phase = pb.TRAIN
    net.layer.add(name="relu", type="ReLU", bottom=["y"], top=["y"])
    return net


ARRAYS = {"ip": [np.arange(6, dtype=np.float32).reshape(2, 3), np.float32([0.5, -np.inf])]}
DIFFS = {"ip": [-ARRAYS["ip"][0], np.zeros(2, np.float32)]}


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


def test_shared_parameters_stand_only_under_their_owner() -> None:
    read = weights.read_weights(GOLDEN / "nets" / "siamese_train_l0.caffemodel.h5")
    assert [array.shape for array in read["cv_a"] if array is not None] == [(4, 1, 3, 3), (4,)]
    assert read["cv_b"] == []


def test_hdf5_leaves_gaps_where_only_some_parameters_are_shared(tmp_path: Path) -> None:
    weights.write_caffemodel_h5(tmp_path / "w", {"a/b": [None, np.ones(2)], "a": []})
    read = weights.read_weights(tmp_path / "w")
    assert read["a/b"][0] is None
    np.testing.assert_array_equal(read["a/b"][1], np.ones(2, np.float32))


def test_forms_of_a_blob(tmp_path: Path) -> None:
    half = np.float32([1.5, -2, 0.25])
    forms = {
        "double": pb.BlobProto(double_data=half, shape=pb.BlobShape(dim=[3])),
        "float16": pb.BlobProto(raw_data=half.astype("<f2").tobytes(), raw_data_type=pb.FLOAT16),
        "raw": pb.BlobProto(raw_data=half.astype("<f4").tobytes(), raw_data_type=pb.FLOAT),
        "legacy": pb.BlobProto(data=half, num=1, channels=1, height=1, width=3),
    }
    for name, blob in forms.items():
        if not blob.HasField("num"):
            blob.shape.dim[:] = [3]
        path = tmp_path / name
        path.write_bytes(blob.SerializeToString())
        np.testing.assert_array_equal(weights.read_mean(path).reshape(-1), half)
    assert weights.read_mean(tmp_path / "legacy").shape == (1, 1, 1, 3)


def test_numbers_that_are_not_packed(tmp_path: Path) -> None:
    one = b"".join(b"\x2d" + np.float32(v).tobytes() for v in (1, 2))
    (tmp_path / "b").write_bytes(
        one + pb.BlobProto(shape=pb.BlobShape(dim=[2])).SerializeToString()
    )
    np.testing.assert_array_equal(weights.read_mean(tmp_path / "b"), [1, 2])


@pytest.mark.parametrize("path", sorted((GOLDEN / "transform").rglob("*.binaryproto")), ids=name_of)
def test_means_read_and_write_back_byte_for_byte(tmp_path: Path, path: Path) -> None:
    mean = weights.read_mean(path)
    assert mean.shape[0] == 1
    weights.write_mean(tmp_path / "m", mean[0])
    assert (tmp_path / "m").read_bytes() == path.read_bytes()


def test_a_mean_has_three_axes(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"\(C, H, W\)"):
        weights.write_mean(tmp_path / "m", np.zeros((2, 2)))
    weights.write_blob(tmp_path / "m", np.zeros((2, 2)))
    assert weights.read_mean(tmp_path / "m").shape == (2, 2)


def test_floats_that_look_like_letters_are_no_text(tmp_path: Path) -> None:
    from caffe2torch.inspect import inspect_file

    letters = np.full((1, 3, 90, 90), np.frombuffer(b"UUiB", np.float32)[0])
    weights.write_blob(tmp_path / "m", letters)
    assert not schema.is_text((tmp_path / "m").read_bytes())
    np.testing.assert_array_equal(weights.read_mean(tmp_path / "m"), letters)
    assert inspect_file(tmp_path / "m").json["kind"] == "blob"


@pytest.mark.parametrize("path", STATES, ids=name_of)
def test_solver_states_write_back_byte_for_byte(tmp_path: Path, path: Path) -> None:
    state = weights.read_solverstate(path)
    assert state.learned_net.endswith(".caffemodel")
    assert len(state.history) > 0
    weights.write_solverstate(tmp_path / "s", state)
    assert (tmp_path / "s").read_bytes() == path.read_bytes()


@pytest.mark.parametrize("suffix", ["", ".h5"])
def test_solver_state_round_trip(tmp_path: Path, suffix: str) -> None:
    state = SolverState(7, "a ä.caffemodel", 3, [np.ones((2, 3)), np.zeros(4)])
    path = tmp_path / f"s.solverstate{suffix}"
    weights.write_solverstate(path, state)
    read = weights.read_solverstate(path)
    assert (read.iter, read.learned_net, read.current_step) == (7, "a ä.caffemodel", 3)
    for a, b in zip(read.history, state.history, strict=True):
        np.testing.assert_array_equal(a, b)


def test_hdf5_state_is_laid_out_as_caffes_own(tmp_path: Path) -> None:
    theirs_path = next(GOLDEN.rglob("*.solverstate.h5"))
    weights.write_solverstate(tmp_path / "s.h5", weights.read_solverstate(theirs_path))
    with h5py.File(theirs_path) as theirs, h5py.File(tmp_path / "s.h5") as ours:
        for key in ("iter", "current_step", "learned_net"):
            assert ours[key].dtype == theirs[key].dtype
            assert ours[key].shape == theirs[key].shape
            assert ours[key][()] == theirs[key][()]
        kinds = [file["learned_net"].id.get_type() for file in (theirs, ours)]
        assert kinds[0].get_strpad() == kinds[1].get_strpad()
        assert kinds[0].get_size() == kinds[1].get_size()
        assert list(ours["history"]) == list(theirs["history"])
        for key in theirs["history"]:
            assert ours["history"][key].dtype == theirs["history"][key].dtype
            np.testing.assert_array_equal(ours["history"][key], theirs["history"][key])


READERS = {
    "caffemodel": weights.read_weights,
    "solverstate": weights.read_solverstate,
    "binaryproto": weights.read_mean,
}


@pytest.mark.parametrize("kind", READERS)
@pytest.mark.parametrize(
    ("data", "match"),
    [
        (b"", "is empty"),
        (b"name: 'x'\nlayer { }\n", "is text"),
        (b"PK\x03\x04\x14\0", "a zip archive"),
        (b"\x1f\x8b\x08\0", "compressed with gzip"),
        (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS pointer"),
        (b"\0" * 50, "no field begins at byte 0"),
        (b"\xff" * 20 + b"\0", "the number at byte 0 does not end"),
        (b"\x0b\x00", "wire type 3"),
        (b"\x89HDF\r\n\x1a\n" + b"\0" * 40, "HDF5|no whole"),
    ],
)
def test_other_kinds_of_file(tmp_path: Path, kind: str, data: bytes, match: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    with pytest.raises(WeightsError, match=match):
        READERS[kind](path)


@pytest.mark.parametrize("kind", READERS)
def test_files_of_caffe_of_another_kind(tmp_path: Path, kind: str) -> None:
    weights.write_caffemodel(tmp_path / "caffemodel", small_net(), ARRAYS)
    weights.write_solverstate(tmp_path / "solverstate", SolverState(1, "w", 0, [np.ones(2)]))
    weights.write_mean(tmp_path / "binaryproto", np.ones((1, 2, 2)))
    weights.write_caffemodel_h5(tmp_path / "caffemodel.h5", ARRAYS)
    weights.write_solverstate(tmp_path / "solverstate.h5", SolverState())
    for other in tmp_path.iterdir():
        if other.stem != kind:
            with pytest.raises(WeightsError):
                READERS[kind](other)
        elif other.suffix != ".h5" or kind != "binaryproto":
            READERS[kind](other)


@pytest.mark.parametrize("kind", READERS)
def test_a_missing_file_and_a_folder(tmp_path: Path, kind: str) -> None:
    for path in (tmp_path, tmp_path / "nosuch"):
        with pytest.raises(WeightsError, match="cannot be read"):
            READERS[kind](path)


def small_files(folder: Path) -> dict[str, bytes]:
    """One small whole file of each binary kind."""
    weights.write_caffemodel(folder / "caffemodel", small_net(), ARRAYS)
    weights.write_solverstate(folder / "solverstate", SolverState(300, "w", 2, [np.ones(2)]))
    weights.write_mean(folder / "binaryproto", np.ones((1, 2, 2)))
    return {kind: (folder / kind).read_bytes() for kind in READERS}


@pytest.mark.parametrize("kind", READERS)
def test_truncation_at_every_byte_is_an_error_or_ends_between_fields(
    tmp_path: Path, kind: str
) -> None:
    data = small_files(tmp_path)[kind]
    path = tmp_path / "cut"
    whole = 0
    for size in range(len(data)):
        path.write_bytes(data[:size])
        try:
            READERS[kind](path)
            whole += 1
        except WeightsError as error:
            assert str(path) in str(error)
    assert whole <= 4


@pytest.mark.parametrize("kind", READERS)
def test_flipped_bytes_never_give_another_exception(tmp_path: Path, kind: str) -> None:
    data = small_files(tmp_path)[kind]
    path, refused = tmp_path / "flipped", 0
    for at in range(len(data)):
        for flip in (0x01, 0x80, 0xFF):
            path.write_bytes(data[:at] + bytes([data[at] ^ flip]) + data[at + 1 :])
            try:
                READERS[kind](path)
            except WeightsError:
                refused += 1
    assert refused > len(data) // 4


def test_damaged_hdf5_never_gives_another_exception(tmp_path: Path) -> None:
    weights.write_caffemodel_h5(tmp_path / "w", ARRAYS)
    data = (tmp_path / "w").read_bytes()
    path, random = tmp_path / "damaged", np.random.RandomState(0)
    for _ in range(60):
        at = random.randint(8, len(data))
        path.write_bytes(data[:at] + random.bytes(4) + data[at + 4 :])
        try:
            weights.read_weights(path)
        except WeightsError as error:
            assert str(path) in str(error)
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(WeightsError, match="no whole weights file"):
        weights.read_weights(path)
