"""Each detector sees its fault, injected in three ways and more, in 200 iterations of a run."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from caffe2torch.health.detectors import registry
from tools.health.faults import FAULTS, PROBED, Fault
from tools.health.healthy import HEALTHY
from tools.health.running import watched

pytestmark = pytest.mark.long


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.code} {fault.name}")
def test_a_fault_is_seen(fault: Fault, tmp_path: Path) -> None:
    monitor = watched(fault.config.write(tmp_path), fault.extras, fault.code)
    assert fault.code in {seen.code for seen in monitor.observations}


@pytest.mark.parametrize("name", HEALTHY)
def test_nothing_is_said_of_a_healthy_run(name: str, tmp_path: Path) -> None:
    monitor = watched(HEALTHY[name].write(tmp_path))
    assert [seen.text for seen in monitor.observations] == []
    losses = monitor.history.losses
    assert sum(losses[-20:]) < 0.7 * sum(losses[:20]), "it does not learn, so it is not healthy"


def test_each_detector_has_its_faults() -> None:
    counts = Counter(fault.code for fault in [*FAULTS, *PROBED])
    codes = {name[:6].upper() for name in registry.names()}
    assert {code for code in codes if counts[code] < 3} == set()
    assert len(HEALTHY) >= 30
