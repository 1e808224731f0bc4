"""The engine: nothing crashes, causes come first, effects are not repeated, comments silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from caffe2torch.lint import engine, rules
from caffe2torch.lint.context import Context
from caffe2torch.lint.finding import SEVERITIES, Finding
from tests.lint.checks import Folder, only
from tests.lint.nets import chain

DEAD = chain(14, "xavier", scale=0.0005)


@pytest.mark.parametrize("rule", rules.every(), ids=lambda rule: rule.code)
def test_every_rule_documents_itself(rule: rules.Rule) -> None:
    assert rule.severity in SEVERITIES
    assert 10 <= len(rule.summary) <= 110, rule.summary
    assert "What it does:" in rule.doc
    assert "Why:" in rule.doc
    assert "Bad::" in rule.doc
    assert "Good::" in rule.doc
    known = {other.code for other in rules.every()}
    assert set(rule.yields_to) <= known | {rule.code}, "YIELDS_TO names a rule that is not there"


def test_a_missing_file_is_a_finding(tmp_path: Path) -> None:
    (found,) = engine.lint_file(tmp_path / "none.prototxt")
    assert (found.code, found.severity) == ("C2T001", "error")
    assert "cannot be read" in found.message


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("base_lr: 0.1 {", "found"),
        ("layer { name: 'x'", "not closed"),
        ("\x00\x01\x02", "not a text file"),
        ("", "solver"),
    ],
)
def test_unreadable_text_is_a_finding(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "solver.prototxt"
    file.write_text(text, encoding="utf-8")
    findings = engine.lint_file(file)
    assert not only(findings, "C2T009"), [f.text for f in findings]
    if text:
        assert findings[0].code == "C2T001"


def test_one_unknown_field_does_not_hide_the_rest(folder: Folder) -> None:
    folder.write(net=DEAD.replace("kernel_size: 3", "kernal_size: 3  kernel_size: 3", 1))
    codes = [f.code for f in folder.lint()]
    assert "C2T201" in codes
    assert {"C2T002", "C2T506"} & set(codes)


def test_a_net_that_caffe_refuses_is_a_finding_with_a_place(folder: Folder) -> None:
    folder.write(net=chain(2).replace('bottom: "conv1"', 'bottom: "conv7"'))
    first = folder.lint()[0]
    assert first.severity == "error"
    assert first.span is not None
    assert first.span.file == "train_val.prototxt"
    assert "conv7" in first.message


def test_a_solver_without_its_net(folder: Folder) -> None:
    folder.net_file.unlink()
    first = folder.lint()[0]
    assert 'net "train_val.prototxt" does not exist' in first.message
    assert first.span is not None
    assert first.span.line == 1


def test_a_net_alone(folder: Folder) -> None:
    folder.write(net=DEAD)
    codes = [f.code for f in engine.lint_file(folder.net_file)]
    assert "C2T201" in codes
    assert not [code for code in codes if code.startswith("C2T3")]


def test_a_deploy_net_has_nothing_to_train(folder: Folder) -> None:
    codes = [f.code for f in engine.lint_file(folder.path / "deploy.prototxt")]
    assert not [code for code in codes if code.startswith(("C2T2", "C2T3"))]


def test_a_broken_rule_is_reported_and_hides_nothing(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(_context: Context):  # type: ignore[no-untyped-def]
        raise ZeroDivisionError("oops")
        yield

    broken = rules.Rule("C2T998", "broken", "error", 50, (), "Broken.", crash)
    real = rules.every()
    monkeypatch.setattr(rules, "every", lambda: (*real, broken))
    findings = folder.write(net=DEAD).lint()
    assert "rule C2T998 failed: ZeroDivisionError: oops" in only(findings, "C2T009")[0].message
    assert only(findings, "C2T201")


def test_a_rule_with_very_much_to_say_is_cut_short(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def talk(_context: Context):  # type: ignore[no-untyped-def]
        for number in range(10**9):
            asked.append(number)
            yield Finding(f"fault {number}")

    monkeypatch.setattr(
        rules, "every", lambda: (rules.Rule("C2T998", "talks", "error", 50, (), "Talks.", talk),)
    )
    findings = only(folder.write(net=DEAD).lint(), "C2T998")
    assert len(asked) == engine.MOST + 1
    assert len(findings) == engine.MOST + 1
    assert findings[-1].severity == "info"
    assert findings[-1].message == "300 findings of this rule are listed, and there are more"


def test_errors_come_first_and_causes_before_effects(folder: Folder) -> None:
    folder.write(net=DEAD).solver({"test_iter: 6": "test_iter: 1"})
    severities = [SEVERITIES.index(f.severity) for f in folder.lint()]
    assert severities == sorted(severities)


def test_an_effect_is_named_in_its_cause_only(folder: Folder) -> None:
    findings = folder.write(net=chain(3, "gaussian")).lint()
    assert not only(findings, "C2T202")
    assert "(also C2T202 signal-explodes" in only(findings, "C2T207")[0].text


def test_select_and_ignore(folder: Folder) -> None:
    folder.write(net=DEAD)
    assert {f.code[:4] for f in folder.lint(select=("C2T2",))} == {"C2T2"}
    found = engine.lint_file(folder.solver_file, ignore=("C2T2",))
    assert not [f for f in found if f.code.startswith("C2T2")]


def test_a_net_alone_has_no_rate_and_no_weights_to_blame_its_signal_on(folder: Folder) -> None:
    folder.write(net=DEAD)
    assert folder.lint()[0].severity == "error"
    (found,) = only(engine.lint_file(folder.net_file), "C2T201")
    assert found.severity == "warning"
