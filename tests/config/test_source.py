"""A data layer as rules see it, whatever its type."""

from __future__ import annotations

from caffe2torch.config.project import Project
from caffe2torch.config.source import SourceUse
from tests.lint.checks import Folder


def sources(folder: Folder) -> list[SourceUse]:
    return Project(str(folder.solver_file)).sources


def test_the_layers_that_read_data_in_each_state(folder: Folder) -> None:
    train, test = sources(folder)
    assert (train.name, train.phase, train.batch_size, train.records) == (
        "digits", "TRAIN", 64, 1437,
    )  # fmt: skip
    assert (test.phase, test.batch_size, test.records) == ("TEST", 60, 360)
    assert train.source == "digits_train_lmdb"
    assert train.mean is not None
    assert train.mean.shape == (1, 8, 8)
    assert not train.errors


def test_why_data_cannot_be_read_is_kept(folder: Folder) -> None:
    folder.net({"digits_train_lmdb": "gone", "mean.binaryproto": "away"})
    train, _ = sources(folder)
    assert train.records is None
    assert train.mean is None
    assert 'database "gone" does not exist' in str(train.errors["source"])
    assert 'mean_file "away" does not exist' in str(train.errors["mean"])


def test_a_study_is_made_once_for_each_key(folder: Folder) -> None:
    calls: list[int] = []

    def study(source: SourceUse, key: int) -> str:
        calls.append(key)
        return f"{source.name} {key}"

    train, _ = sources(folder)
    assert [train.once(study, key) for key in (1, 2, 1)] == ["digits 1", "digits 2", "digits 1"]
    assert calls == [1, 2]
