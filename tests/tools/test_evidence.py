"""The evidence page says what its results say, and a training gives such a result."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from tools import articles_page, evidence, evidence_page
from tools.evidence import Result
from tools.story import VARIANTS


def result(name: str, seed: int, accuracy: float) -> Result:
    return Result(
        "a. Story", name, seed, [(0, 0.1), (40, accuracy)], [], 1.0, 0.01, 0.2, ["C2T201"],
        [("C2T606", 149)], 1.0,
    )  # fmt: skip


def test_the_page_is_what_the_results_give(root: Path) -> None:
    results = evidence.read(root / "docs" / "evidence.json")
    page = (root / "docs" / "evidence.md").read_text(encoding="utf-8")
    assert evidence_page.render(results) == page
    assert {one.name for one in results} == {variant.name for variant in VARIANTS}
    assert (root / "docs" / "evidence.png").is_file()


def test_the_stories_have_the_numbers_of_the_results(root: Path) -> None:
    results = evidence.read(root / "docs" / "evidence.json")
    page = (root / "docs" / "articles.md").read_text(encoding="utf-8")
    assert articles_page.render(results) == page
    assert articles_page.shown(results)["a6"].lint == "C2T201 C2T301"


def test_every_variant_has_a_label_and_its_options(tmp_path: Path) -> None:
    labels = evidence.labelled()
    assert len(labels) == len(VARIANTS) and labels["a1"] == VARIANTS[0]
    options = evidence.options_of(labels["e2"])
    assert options == ["--ema", "0.999", "--no-ema-warmup"]
    result = CliRunner().invoke(evidence.cli, ["config", "a1", "nothing", "-o", str(tmp_path)])
    assert result.exit_code == 2 and "nothing is none of a1, a2" in result.output


def test_a_version_is_known_by_its_texts(tmp_path: Path) -> None:
    names = []
    for text in ("x = 1", "x = 2"):
        (tmp_path / text[-1]).mkdir()
        (tmp_path / text[-1] / "a.py").write_text(text)
        names.append(evidence.fingerprint(tmp_path / text[-1]))
    assert names[0] != names[1] and {len(name) for name in names} == {8}


@pytest.mark.parametrize(
    ("values", "base", "expected"),
    [
        ([0.8, 0.9, 0.85], [0.1, 0.1, 0.2], "helped"),
        ([0.1, 0.1, 0.2], [0.8, 0.9, 0.85], "hurt"),
        ([0.8, 0.9, 0.1], [0.2, 0.1, 0.2], "none"),
        ([0.83, 0.84, 0.85], [0.8, 0.81, 0.82], "none"),
    ],
)
def test_an_effect_is_one_that_all_seeds_show(
    values: list[float], base: list[float], expected: str
) -> None:
    assert evidence_page.effect(values, base) == expected


def test_a_table_compares_with_its_first_row() -> None:
    rows = [result(name, seed, a) for name, a in (("one", 0.1), ("two", 0.9)) for seed in (1, 2)]
    lines = list(evidence_page.table(rows))
    assert lines[2] == "| one | 0.2 | 1.0e-02 | 10.0% (10 to 10) |  | C2T201 | C2T606 at 149 |  |"
    assert "| 90.0% (90 to 90) | helped |" in lines[3]


def test_the_page_tells_versions_apart() -> None:
    rows = [result("one", 1, 0.1), replace(result("one", 2, 0.1), code="0123abcd")]
    text = "- Trainings of a: 1 by version 0123abcd, 1 by an earlier one."
    assert list(evidence_page.versions(rows)) == [text]


def test_only_seeds_that_are_complete_count() -> None:
    rows = [result("one", 1, 0.1), result("two", 1, 0.9), result("one", 2, 0.3)]
    assert [one.seed for one in evidence_page.complete(rows)] == [1, 1]


def test_a_training_gives_a_result_that_can_be_kept(tmp_path: Path) -> None:
    variant = replace(VARIANTS[0], iterations=2)
    one = evidence.train(variant, 2, tmp_path)
    assert one.lint[0] == "C2T201" and one.signal is not None and one.signal < 0.01
    assert one.gradient > 0 and len(one.losses) == 2 and one.probe is None
    evidence.save(tmp_path / "r.json", [one])
    (kept,) = evidence.read(tmp_path / "r.json")
    assert (kept.name, kept.seed, kept.losses) == (one.name, 2, one.losses)
