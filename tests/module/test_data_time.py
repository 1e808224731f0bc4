"""The stages of the data pipeline, measured by themselves and together."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from caffe2torch.cli import cli
from caffe2torch.module.data_time import Stage, measure_stages, stage_table
from tests.data.one_feed import numbered
from tests.module.test_feed import graph, source


def test_every_stage_of_a_database_is_measured(tmp_path: Path) -> None:
    net = graph(tmp_path, source(numbered(tmp_path / "db", 5)))
    stages = measure_stages(net, seconds=0.01)
    assert [stage.name for stage in stages] == ["read", "decode", "transform", "batches"]
    assert all(stage.rate > 0 for stage in stages)


def test_the_slowest_stage_is_the_wall() -> None:
    rates = {"read": 9e5, "decode": 2e3, "transform": 1e4, "batches": 1.9e3}
    lines = stage_table([Stage("data", name, rate) for name, rate in rates.items()])
    assert lines[-1] == 'layer "data": the wall is decode'
    assert "900,000" in lines[1]
    assert stage_table([]) == ["no layer reads data"]


def test_the_command_prints_the_table(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("caffe2torch.module.data_time.SECONDS", 0.01)
    monkeypatch.delenv("C2T_WORKERS", raising=False)
    graph(tmp_path, source(numbered(tmp_path / "db", 5)))
    result = CliRunner().invoke(cli, ["time", str(tmp_path / "net.prototxt"), "--data"])
    assert result.exit_code == 0, result.stderr
    assert "the wall is" in result.output
