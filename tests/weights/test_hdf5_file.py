"""HDF5 files that name others, lead in circles, or state more than they hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from click.testing import CliRunner

from caffe2torch.cli import cli
from caffe2torch.errors import C2TError, DataError, WeightsError
from caffe2torch.inspect import inspect_file
from caffe2torch.weights import hdf5_file, read_solverstate, read_weights

NET = (
    'layer { name: "d" type: "HDF5Data" top: "data" hdf5_data_param { source: "l" batch_size: 1 } }'
)


def loop(file: Any) -> None:
    file["data"] = h5py.SoftLink("/label")
    file["label"] = h5py.SoftLink("/data")


def nowhere(file: Any) -> None:
    file["data"] = h5py.SoftLink("/absent")


def external_link(file: Any) -> None:
    file["data"] = h5py.ExternalLink("secret.h5", "/data")


def external_storage(file: Any) -> None:
    file.create_dataset("data", (4,), "f4", external=[("secret", 0, 16)])


def virtual(file: Any) -> None:
    layout = h5py.VirtualLayout((4,), "f4")
    layout[:] = h5py.VirtualSource("secret.h5", "data", (4,))
    file.create_virtual_dataset("data", layout)


def named_type(file: Any) -> None:
    file["data"] = np.dtype("f4")


def unwritten(file: Any) -> None:
    file.create_dataset("data", (1 << 20, 1 << 10), "f4", chunks=(1, 1 << 10))


def packed(file: Any) -> None:
    file.create_dataset("data", (1 << 19, 200), "u1", compression="gzip", chunks=(1 << 19, 200))
    file["data"][0] = 1


def text(file: Any) -> None:
    file["data"] = "some text"


def empty(file: Any) -> None:
    file["data"] = h5py.Empty("f4")


KINDS = {
    loop: "Special link traversal failed", nowhere: 'has no dataset "data"',
    external_link: "lies in another file", external_storage: "lies in another file",
    virtual: "lies in another file", named_type: 'has no dataset "data"',
    unwritten: "of memory", packed: "of memory", text: "is object of shape ()",
    empty: "is float32 of shape None",
}  # fmt: skip


@pytest.mark.parametrize("make", KINDS, ids=lambda make: make.__name__)
def test_each_is_one_message_in_every_command(
    make: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with h5py.File("secret.h5", "w") as file:
        file["data"] = np.full(4, 7, np.float32)
    Path("secret").write_bytes(np.full(4, 7, np.float32).tobytes())
    with h5py.File("a.h5", "w") as file:
        make(file)
    Path("l").write_text("a.h5")
    Path("n.prototxt").write_text(NET)
    Path("s.prototxt").write_text('net: "n.prototxt" base_lr: 1 lr_policy: "fixed" max_iter: 1')
    for line in ("train s.prototxt --no-lint", "lint s.prototxt", "inspect a.h5",
                 "import hdf5 a.h5 db", "diff-weights a.h5 a.h5"):  # fmt: skip
        result = CliRunner().invoke(cli, line.split())
        assert "fault of caffe2torch" not in result.output, (line, result.output)
        assert "7.0" not in result.output  # nothing of the other file
        if line.startswith("train"):
            assert KINDS[make] in result.output
            assert result.exit_code == 2
        assert result.exit_code in (0, 1, 2)
    with pytest.raises(C2TError):
        read_weights("a.h5")


def test_the_environment_allows_other_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with h5py.File("secret.h5", "w") as file:
        file["data"] = np.full(4, 7, np.float32)
    with h5py.File("a.h5", "w") as file:
        external_link(file)
    monkeypatch.setenv(hdf5_file.ALLOW, "1")
    with hdf5_file.opened("a.h5", DataError) as file:
        assert hdf5_file.read_numbers(hdf5_file.member(file, "data")).tolist() == [7] * 4


def test_a_compressed_file_of_usual_size_is_read(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("data", data=np.zeros((1000, 1000), "f4"), compression="gzip")
    with hdf5_file.opened(tmp_path / "a.h5", DataError) as file:
        assert hdf5_file.read_numbers(file["data"]).shape == (1000, 1000)


@pytest.mark.parametrize("seed", range(40))
def test_damaged_files_are_errors(seed: int, tmp_path: Path) -> None:
    path = tmp_path / "a.caffemodel.h5"
    with h5py.File(path, "w") as file:
        for name in ("conv1", "fc/2"):
            file[f"data/{name}/0"] = np.ones((3, 4), np.float32)
    data = bytearray(path.read_bytes())
    random = np.random.default_rng(seed)
    for at in random.integers(8, len(data), 6):
        data[at] = random.integers(256)
    path.write_bytes(data)
    try:
        read_weights(path)
    except WeightsError as error:
        assert str(path) in str(error)


def test_a_name_that_is_not_utf_8_is_one_error(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        h5py.h5g.create(file.id, b"data")
        h5py.h5g.create(file.id, b"\xc8\xab\xc1")
        h5py.h5g.create(file.id, b"history")
        h5py.h5g.create(file.id, b"history/\xc1")
    with hdf5_file.opened(tmp_path / "a.h5", DataError) as file:
        assert list(hdf5_file.names(file["data"])) == []
    for read in (
        lambda: read_solverstate(tmp_path / "a.h5"),
        lambda: inspect_file(tmp_path / "a.h5"),
    ):
        with pytest.raises(C2TError, match="is not UTF-8"):
            read()
