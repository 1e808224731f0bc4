"""In which order findings are shown."""

from __future__ import annotations

from tests.lint.checks import Folder


def codes(folder: Folder) -> list[str]:
    return [f.code for f in folder.lint()]


def test_data_that_is_nowhere_here_stands_last(folder: Folder) -> None:
    folder.net({"digits_": "elsewhere_"}).solver({"random_seed": "# random_seed"})
    assert codes(folder)[-1] == "C2T111"
    assert "C2T316" in codes(folder)[:-1]


def test_a_single_missing_path_stands_before_infos(folder: Folder) -> None:
    folder.net({"digits_train_lmdb": "digits_trian_lmdb"})
    folder.solver({"random_seed": "# random_seed"})
    found = codes(folder)
    assert found.index("C2T111") < found.index("C2T316")


def test_a_path_in_somebodys_home_is_the_cause(folder: Folder) -> None:
    folder.net({"digits_train_lmdb": "/home/somebody/train_lmdb"})
    found = codes(folder)
    assert found.index("C2T507") < found.index("C2T111")
