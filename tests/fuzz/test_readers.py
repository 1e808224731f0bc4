"""A short run of tools/fuzz.py over every reader, always with the same inputs; and that it sees."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tools import fuzz
from tools.fuzzing import mutate
from tools.fuzzing.readers import READERS, Reader

# About half a second each.
EXECUTIONS = {
    "text": 400, "graph": 60, "solver": 200, "lint": 12, "draw": 12, "binary": 400, "inspect": 60,
    "hdf5": 40, "database": 100, "record": 2000, "list": 200, "image": 100, "idx": 400,
    "npy": 400, "tar": 100,
}  # fmt: skip


@pytest.mark.parametrize("name", READERS)
def test_no_input_gives_more_than_a_message(name: str) -> None:
    campaign = fuzz.fuzz(name, 1, seed=0, most=EXECUTIONS[name], engine="fast")
    assert campaign.executions == EXECUTIONS[name]
    assert not campaign.faults, campaign.report()
    # that many of the inputs get past the first check
    assert campaign.executions - campaign.refused >= (0 if name in ("list", "database") else 1)


def test_hypothesis_drives_it_as_well() -> None:
    campaign = fuzz.fuzz("solver", 1, seed=0, most=50, engine="hypothesis")
    assert campaign.executions == 50
    assert not campaign.faults, campaign.report()


def test_a_fault_is_kept_once_with_its_first_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def faulty(data: bytes, _folder: Path) -> None:
        if b"(" in data:
            raise IndexError("tuple index out of range")

    reader = Reader("faulty", faulty, mutate.mutate_bytes, "list")
    monkeypatch.setitem(READERS, "faulty", reader)
    campaign = fuzz.Campaign.of("faulty", tmp_path)
    for data in (b"x", b"a(", b"b("):
        campaign.run(data)
    assert list(campaign.faults.values()) == [2]
    campaign.save(tmp_path / "out")
    assert (tmp_path / "out" / "faulty-0").read_bytes() == b"a("
    assert "IndexError" in campaign.report()


SLOW = """
import signal, sys, time
from pathlib import Path
from tools.fuzzing import mutate
from tools import fuzz
from tools.fuzzing.readers import Reader

fuzz.LONGEST = 0.05
for number in (signal.SIGALRM, signal.SIGPROF):
    signal.signal(number, fuzz._late)
reader = Reader("slow", lambda _data, _folder: time.sleep(5), mutate.mutate_bytes, "list")
campaign = fuzz.Campaign(reader, Path(sys.argv[1]), [b"x"])
campaign.run(b"x")
print(list(campaign.faults))
"""


def test_what_takes_too_long_is_a_fault(tmp_path: Path) -> None:
    """In a process of its own: its signals are those of the whole process."""
    done = subprocess.run(
        [sys.executable, "-c", SLOW, str(tmp_path)], cwd=ROOT, capture_output=True, text=True
    )
    assert done.stdout == "['TooSlow in ?']\n", done.stderr


@pytest.mark.parametrize("name", READERS)
def test_inputs_of_the_corpus_are_whole(name: str, tmp_path: Path) -> None:
    campaign = fuzz.Campaign.of(name, tmp_path)
    for data in campaign.seeds:
        campaign.run(data)
    assert not campaign.faults
    # some nets lack a bottom, lists name images that are not there, a state has no iteration
    allowed = {
        "graph": 5, "list": 2, "text": 1, "inspect": 2, "binary": 1, "image": 1, "hdf5": 1
    }  # fmt: skip
    assert campaign.refused <= allowed.get(name, 0), campaign.report()
