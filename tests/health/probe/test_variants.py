"""What is tried beside a config: its fixes together and apart, or other rates; no file changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from caffe2torch.config.files import Files
from caffe2torch.health.probe import variants as module
from caffe2torch.health.probe.trial import Case
from caffe2torch.health.probe.variants import Variant, variants
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import FileEdit, Finding, Fix

SOLVER = 'base_lr: 1\nmomentum: 0.5\nnet: "none.prototxt"\n'


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Case:
    """A solver of which a made-up lint wants other values for the rate and the momentum."""
    monkeypatch.chdir(tmp_path)
    Path("s.prototxt").write_text(SOLVER)

    def look(one: Case) -> tuple[Context, list[Finding]]:
        context = Context(one.file, Files(dict(one.texts)))
        return context, findings(context.files.text(one.file))

    monkeypatch.setattr(module, "look", look)
    return Case("s.prototxt", "w.caffemodel")


def findings(text: str, safe: bool = False) -> list[Finding]:
    wanted = {"base_lr: 1\n": "base_lr: 0.3\n", "momentum: 0.5": "momentum: 0.9"}
    return [
        Finding(f"not {old}", code=f"C2T30{i}", name="n", fix=Fix(f"{new.strip()}: logit std 1", (
            FileEdit("s.prototxt", text.index(old), text.index(old) + len(old), new),), safe))
        for i, (old, new) in enumerate(wanted.items())
        if old in text
    ]  # fmt: skip


def tried(case: Case, seen: list[Finding]) -> list[Variant]:
    return variants(case, Context(case.file), seen)


def test_all_fixes_are_tried_together_and_then_each_alone(case: Case) -> None:
    both, rate, momentum = tried(case, findings(SOLVER))
    assert both.title == "base_lr: 0.3; momentum: 0.9"
    assert both.how == "c2t lint --fix --unsafe-fixes s.prototxt"
    assert [one.code for one in both.causes] == ["C2T300", "C2T301"]
    assert both.case.texts["s.prototxt"].startswith("base_lr: 0.3\nmomentum: 0.9")
    assert (rate.title, rate.how) == ("base_lr: 0.3", "C2T300's fix")
    assert momentum.case.texts["s.prototxt"].startswith("base_lr: 1\nmomentum: 0.9")
    assert {one.case.weights for one in (both, rate, momentum)} == {"w.caffemodel"}
    assert Path("s.prototxt").read_text() == SOLVER


def test_a_single_fix_is_tried_once(case: Case) -> None:
    assert len(tried(case, findings(SOLVER)[:1])) == 1


def test_other_rates_are_tried_where_nothing_is_to_be_fixed(case: Case) -> None:
    low, high = tried(case, findings(SOLVER, safe=True))  # what is safe changes no training
    assert [(one.title, one.how, one.causes) for one in (low, high)] == [
        ("base_lr: 0.1", "base_lr: 0.1", []), ("base_lr: 10", "base_lr: 10", []),
    ]  # fmt: skip
    assert low.case.texts["s.prototxt"] == SOLVER.replace("base_lr: 1\n", "base_lr: 0.1\n")


def test_a_rate_of_0_has_no_others(case: Case) -> None:
    Path("s.prototxt").write_text(SOLVER.replace("base_lr: 1", "base_lr: 0"))
    assert tried(case, []) == []


def test_two_ways_to_one_config_are_tried_once(case: Case) -> None:
    one, other = findings(SOLVER)[:1], findings(SOLVER)[:1]
    both = tried(case, [*one, *other])
    texts = [variant.case.texts["s.prototxt"] for variant in both]
    assert len(texts) == len(set(texts))
