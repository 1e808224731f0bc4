"""PyTorch's archives read without torch, against torch's own reading; nothing of them runs."""

from __future__ import annotations

import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from caffe2torch.errors import WeightsError
from caffe2torch.inspect import archive


def read(path: Path) -> dict[str, np.ndarray]:
    with archive.opened(str(path)) as file:
        return {n: file.values(t).copy() for n, t in archive.tensors(file.pickled())}


@pytest.mark.parametrize(
    "dtype",
    [torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32,
     torch.int16, torch.int8, torch.uint8, torch.bool],
    ids=str,
)  # fmt: skip
def test_numbers_are_torchs(tmp_path: Path, dtype: torch.dtype) -> None:
    value = (torch.arange(24).reshape(2, 3, 4) % 5).to(dtype)
    torch.save({"a": {"b": value, "t": value.permute(2, 0, 1)}}, tmp_path / "x.pt")
    values = read(tmp_path / "x.pt")
    assert list(values) == ["a.b", "a.t"]
    np.testing.assert_array_equal(values["a.b"], value.double().numpy())
    np.testing.assert_array_equal(values["a.t"], value.permute(2, 0, 1).double().numpy())


def test_parameters_views_and_empty_tensors(tmp_path: Path) -> None:
    module = torch.nn.Linear(3, 2)
    whole = torch.arange(10.0)
    torch.save([module.weight, whole[3:5], torch.empty(0, 4)], tmp_path / "x.pt")
    values = read(tmp_path / "x.pt")
    np.testing.assert_array_equal(values["0"], module.weight.detach().numpy())
    np.testing.assert_array_equal(values["1"], [3.0, 4.0])
    assert values["2"].shape == (0, 4)


class Evil:
    def __reduce__(self):
        return (Path.touch, (Path("owned"),))


def test_no_code_of_a_pickle_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"evil": Evil(), "w": torch.ones(2)}, "x.pt")
    assert list(read(Path("x.pt"))) == ["w"]
    assert not Path("owned").exists()


def written(path: Path, pickled: bytes, **records: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("a/data.pkl", pickled)
        for name, data in records.items():
            file.writestr(f"a/data/{name}", data)
    return path


class Storage:
    """Four floats in the archive's first record."""


class Reference:
    """Pickled as torch pickles a tensor: a storage by reference, then offset, shape, strides."""

    def __init__(self, shape: tuple[int, ...], strides: tuple[int, ...], offset: int = 0) -> None:
        self.arguments = (Storage(), offset, shape, strides)


class Pickler(pickle.Pickler):
    def persistent_id(self, value):
        if not isinstance(value, Storage):
            return None
        return ("storage", torch.FloatStorage, "0", "cpu", 4)

    def reducer_override(self, value):
        if not isinstance(value, Reference):
            return NotImplemented
        return torch._utils._rebuild_tensor_v2, (*value.arguments, False, {})


@pytest.mark.parametrize(
    "reference",
    [
        Reference((5,), (1,)),
        Reference((2,), (9,)),
        Reference((2,), (-1,)),
        Reference((1,), (1,), 4),
    ],
    ids=["long", "far", "backward", "behind"],
)
def test_a_tensor_outside_of_its_numbers_is_refused(tmp_path: Path, reference: Reference) -> None:
    with (tmp_path / "p").open("wb") as file:
        Pickler(file, protocol=2).dump({"w": reference})
    path = written(tmp_path / "x.pt", (tmp_path / "p").read_bytes(), **{"0": bytes(16)})
    with pytest.raises(WeightsError, match="damaged or cut short: a tensor"):
        read(path)


@pytest.mark.parametrize("content", [b"", b"\x80\x02.", b"garbage", pickle.dumps({})[:-3]])
def test_a_damaged_pickle_is_one_message(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(WeightsError, match="damaged or cut short"):
        read(written(tmp_path / "x.pt", content))


def test_packed_records_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.pt", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a/data.pkl", bytes(1 << 20))
    with pytest.raises(WeightsError, match="is packed"):
        read(tmp_path / "x.pt")


def test_what_is_no_archive_is_one_message(tmp_path: Path) -> None:
    (tmp_path / "x.pt").write_bytes(b"PK\x03\x04 and nothing more")
    with pytest.raises(WeightsError, match="damaged or cut short"):
        read(tmp_path / "x.pt")
