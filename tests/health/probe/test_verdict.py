"""What a probe concludes of what it has seen."""

from __future__ import annotations

from math import nan

import pytest

from caffe2torch.health.observation import Observation
from caffe2torch.health.probe.trial import Case
from caffe2torch.health.probe.variants import Variant
from caffe2torch.health.probe.verdict import judge
from caffe2torch.lint.finding import Finding
from tests.health.probe.seen import FALLS, STAYS, examination, trial


def observed(code: str, layer: str = "") -> Observation:
    return Observation(code, f"name-of-{code[-3:]}", 7, f"evidence {code}", f"advice {code}", layer)


def test_what_learns_has_no_cause_whatever_was_seen_beside() -> None:
    verdict = judge(examination(trial(FALLS), observations=[observed("C2T603", "r")]))
    assert (verdict.head, verdict.causes, verdict.remedy) == ("it learns", (), "")
    assert verdict.why[0] == "the loss goes from 2 to 0.775 in 30 iterations"
    assert verdict.why[1] == 'seen: C2T603[name-of-603] layer "r": evidence C2T603'


def variant(title: str, *codes: str) -> Variant:
    causes = [Finding("message", code=code, name="n") for code in codes]
    return Variant(title, Case("s.prototxt"), causes, f"how {title}")


def test_the_cause_is_what_a_variant_that_learns_has_changed() -> None:
    tried = [
        (variant("base_lr: 1"), trial(FALLS)),
        (variant("Msra fillers", "C2T201"), trial(FALLS)),
    ]
    verdict = judge(examination(trial(STAYS), tried=tried))
    assert verdict.head == "does not learn: C2T201[n]"
    assert (verdict.causes, verdict.remedy) == (("C2T201",), "how Msra fillers")
    assert verdict.why[0] == "C2T201: message"
    assert verdict.why[-1].startswith("with msra fillers: the loss goes from 2")


def test_a_rate_alone_is_the_cause_where_no_finding_is() -> None:
    tried = [(variant("base_lr: 1"), trial(FALLS)), (variant("base_lr: 2"), trial([*FALLS, 0.0]))]
    verdict = judge(examination(trial(STAYS), tried=tried))
    assert verdict.head == "does not learn: base_lr is wrong"
    assert (verdict.causes, verdict.remedy) == (("base_lr",), "how base_lr: 2")  # the least loss


def test_the_nearest_to_the_cause_is_named_first() -> None:
    seen = [observed("C2T605"), observed("C2T601", "ip"), observed("C2T699")]
    lint = [Finding("predicted", code="C2T201", severity="error"), Finding("x", severity="warning")]
    verdict = judge(examination(trial(STAYS), observations=seen, findings=lint))
    assert verdict.head == 'does not learn: C2T601[name-of-601] in layer "ip"'
    assert verdict.remedy == "advice C2T601"
    assert verdict.why[0] == "evidence C2T601" and verdict.why[-1] == "C2T201: predicted"


@pytest.mark.parametrize(
    ("losses", "says"),
    [
        (STAYS, "the loss goes from 2 to 2 in 30 iterations (a guess: 2.303)"),
        ([2.0, nan], "the loss is nan after 2 iterations, from 2 (a guess: 2.303)"),
        ([], "as configured: not tried, the time was over"),
    ],
)
def test_without_evidence_no_cause_is_named(losses: list[float], says: str) -> None:
    done = examination(trial(losses, chance=2.302585), one=trial(STAYS))
    verdict = judge(done)
    assert verdict.causes == () and verdict.head.startswith(f"no cause found: {len(losses)} iter")
    assert verdict.why[0] == says and verdict.why[1].startswith("on one batch only: the loss goes")
    assert verdict.remedy == "give it more time: --seconds 300"
