"""The failing VGG-16 from end to end: what lint says, one fix for all of it, and that it trains."""

from __future__ import annotations

import shutil
from math import log
from pathlib import Path

import pytest
from click.testing import CliRunner

from caffe2torch.cli import cli
from caffe2torch.data.datasets import digits
from caffe2torch.format import upgrade
from caffe2torch.lint import engine, fix, outlook
from caffe2torch.lint.config import Config
from caffe2torch.lint.context import Context
from caffe2torch.lint.signal.study import set_batch

SOLVERS = Path(__file__).parents[2] / "solvers"
HEALTHY = (0.001, 0.054)


@pytest.fixture
def es_vgg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of solvers/es_vgg, without databases, as the working directory."""
    shutil.copytree(SOLVERS / "es_vgg", tmp_path / "es_vgg")
    monkeypatch.chdir(tmp_path / "es_vgg")
    return Path("solver.prototxt")


class TestFullSize:
    """solvers/es_vgg: nothing of its data is there."""

    def test_both_fatal_causes_are_named_first(self, es_vgg: Path) -> None:
        first, second, *_ = engine.lint_file(es_vgg)
        assert first.code == "C2T201"
        assert "std of only 0.0048" in first.message
        assert "the loss starts at 6.91" in first.why
        assert second.code in ("C2T301", "C2T314")
        assert "once the signal is alive" in second.why

    @pytest.mark.parametrize("code", ["C2T111", "C2T117", "C2T309", "C2T317", "C2T415"])
    def test_the_rest_is_named_too(self, es_vgg: Path, code: str) -> None:
        assert code in [f.code for f in engine.lint_file(es_vgg)]

    def test_the_popular_advice_is_refuted(self, es_vgg: Path) -> None:
        text = engine.lint_file(es_vgg)[0].text
        assert (
            "Multiplying base_lr by 1/scale, or dividing the mean, does not bring it back" in text
        )
        for way in (
            "msra fillers in 15 layers",
            "scale 1 and the fillers as they are",
            "BatchNorm",
        ):
            assert way in text

    def test_one_fix_for_all_of_it(self, es_vgg: Path) -> None:
        context = Context(str(es_vgg))
        findings = engine.run(context, Config())
        foretold = "\n".join(outlook.lines(context, findings))
        assert "logit std 0.0048 → 0.51" in foretold
        result = CliRunner().invoke(cli, ["lint", "--fix", "--unsafe-fixes", str(es_vgg)])
        assert result.exit_code in (0, 1), result.output
        signal = Context(str(es_vgg)).signal
        assert signal.main is not None
        assert 0.1 <= signal.main.input_std <= 10
        assert HEALTHY[0] <= (signal.median_update or 0) <= HEALTHY[1]
        left = [f for f in engine.lint_file(es_vgg) if f.severity != "info"]
        assert {f.code for f in left} <= {"C2T111", "C2T415"}, [f.text for f in left]

    @pytest.mark.parametrize(
        ("scale", "filler", "std", "loss", "relative"),
        [
            (1.0, "xavier", 1.13, 7.0, (0.29, 2.1, 2.1, 1.6)),
            (1.0, "msra", 270, 1007, (55, 336, 330, 269)),
            (1 / 256, "xavier", 0.016, 6.917, (0.0016, 0.012, 0.013, 0.023)),
            (1 / 256, "msra", 1.09, 7.3, (0.15, 0.86, 0.93, 0.79)),
        ],
    )
    def test_the_model_gives_the_measured_table(
        self,
        es_vgg: Path,
        scale: float,
        filler: str,
        std: float,
        loss: float,
        relative: tuple[float, ...],
    ) -> None:
        """Measured at 224 with images of std 70 and batch 2; within a factor 2."""
        context = Context(str(es_vgg))
        set_batch(context, 2)
        names = [layer.name for layer in context.signal.layers]
        signal = context.signal_with(scale=scale, fillers=dict.fromkeys(names, filler))
        layers = {layer.name: layer for layer in signal.layers}
        assert signal.main is not None
        ratios = [signal.main.train_std / std, (signal.main.loss or 0) / loss]
        for name, real in zip(("conv1_1", "conv5_2", "fc6", "fc8"), relative, strict=True):
            ratios.append((layers[name].relative or 0) / real)
        assert all(0.5 <= ratio <= 2 for ratio in ratios), ratios

    @pytest.mark.long
    def test_real_initialisation_gives_it_too(self, es_vgg: Path) -> None:
        from caffe2torch.lint.signal.measure import measure
        from caffe2torch.lint.signal.table import ratios

        context = Context(str(es_vgg))
        set_batch(context, 2)
        real = measure(context.train.graph, context.signal, seed=1)
        assert real.losses["loss"] == pytest.approx(log(1000), abs=0.05)
        assert 0.5 <= 0.023 / (real.layers["fc8"].relative or 0) <= 2
        missed = [name for name, ratio in ratios(context.signal, real) if not 0.5 <= ratio <= 2]
        assert not missed


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """solvers/es_vgg_small with its databases, as the working directory."""
    folder = tmp_path / "es_vgg_small"
    shutil.copytree(SOLVERS / "es_vgg_small", folder)
    digits.write_databases(folder, size=32)
    monkeypatch.chdir(folder)
    return Path("solver.prototxt")


def train(path: Path, steps: int) -> tuple[float, float]:
    """Mean loss of the last 20 iterations, and the test accuracy after `steps`."""
    import torch

    from caffe2torch.train.solver import Solver

    solver = Solver(upgrade.read_solver(path))
    solver.param.test_interval = solver.param.display = solver.param.snapshot = 0
    solver.step(steps)
    losses = [float(loss) for loss in solver.state.losses]
    test = solver.tests[0]
    with torch.no_grad():
        scores = [float(test.run()["accuracy"]) for _ in range(6)]
    return sum(losses[-20:]) / 20, sum(scores) / 6


@pytest.mark.long
class TestSmall:
    """solvers/es_vgg_small: the same at a quarter of the width, on real digits."""

    def test_untouched_it_stays_at_chance(self, small: Path) -> None:
        loss, accuracy = train(small, 80)
        assert loss == pytest.approx(log(10), abs=0.03)
        assert accuracy < 0.2

    def test_fixed_it_trains(self, small: Path) -> None:
        before = [f.code for f in engine.lint_file(small)]
        assert before[0] == "C2T201"
        assert {"C2T301", "C2T314"} & set(before)
        result = CliRunner().invoke(cli, ["lint", "--fix", "--unsafe-fixes", str(small)])
        assert "fixed: msra fillers in 15 layers" in result.output
        assert not [f for f in engine.lint_file(small) if f.severity == "error"]
        _, accuracy = train(small, 300)
        assert accuracy > 0.7


def test_the_fixed_folder_has_no_error() -> None:
    found = engine.lint_file(SOLVERS / "es_vgg_fixed" / "solver.prototxt")
    assert not [f.text for f in found if f.severity == "error"]


@pytest.mark.parametrize("folder", sorted(p.name for p in SOLVERS.iterdir() if p.is_dir()))
def test_shipped_folders_lint_clean_of_errors(folder: str) -> None:
    """All but the two that are there to fail; their databases are missing, which is a warning."""
    found = engine.lint_file(SOLVERS / folder / "solver.prototxt")
    errors = [f.text for f in found if f.severity == "error"]
    assert bool(errors) == (folder in ("es_vgg", "es_vgg_small")), errors


def test_fixes_keep_every_comment(es_vgg: Path) -> None:
    def relint(texts: dict[str, str]):  # type: ignore[no-untyped-def]
        from caffe2torch.config.files import Files

        context = Context(str(es_vgg), Files(texts))
        return context, engine.run(context, Config())

    applied = fix.apply_all(relint, unsafe=True)
    text = applied.texts["train_val.prototxt"]
    assert text.startswith("# A VGG-16 that does not train")
