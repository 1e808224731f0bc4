"""The pages of docs/ do what they say: commands, outputs, code, links; and the site builds."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.docs import pages

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

DOCS = ROOT / "docs"
TYPED = (
    "tutorial",
    "behaviour",
    "signal",
    "architecture",
    "migration",
    "data",
    "predict",
    "articles",
)
"""Pages whose blocks are run from an empty folder; the others have tests of their own."""


@pytest.mark.parametrize("name", TYPED)
def test_a_page_does_what_it_says(name: str, tmp_path: Path) -> None:
    pages.run(DOCS / f"{name}.md", tmp_path)


def test_a_changed_output_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("C2T_WRITE_DOCS", raising=False)
    page = tmp_path / "page.md"
    page.write_text(
        "```console\n$ echo one; echo 2.5 s\none\n1.25 s\n$ printf 'a\\nb\\nc\\n'\n...\nc\n```\n"
    )
    pages.run(page, tmp_path / "first")
    page.write_text("```console\n$ echo one\ntwo\n```\n")
    with pytest.raises(AssertionError, match="one"):
        pages.run(page, tmp_path / "second")


def test_an_output_is_written_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("C2T_WRITE_DOCS", "1")
    page = tmp_path / "page.md"
    page.write_text("```console\n$ echo one\ntwo\n```\n")
    pages.run(page, tmp_path / "shell")
    assert page.read_text() == "```console\n$ echo one\none\n```\n"


def nav(entries: list) -> list[str]:
    """The files that the navigation names."""
    files: list[str] = []
    for entry in entries:
        for value in entry.values():
            files += nav(value) if isinstance(value, list) else [value]
    return files


def test_every_page_stands_in_the_navigation_once() -> None:
    listed = nav(tomllib.loads((ROOT / "zensical.toml").read_text())["project"]["nav"])
    every = {str(p.relative_to(DOCS)) for p in DOCS.rglob("*.md")}
    assert sorted(listed) == sorted(every)


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda p: p.stem)
def test_links_lead_to_files_that_are_there(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built strictly: a link or an anchor that leads nowhere is an error."""
    if find_spec("zensical") is None:
        pytest.skip("zensical is not installed")
    folder = tmp_path_factory.mktemp("site")
    shutil.copytree(DOCS, folder / "docs")
    shutil.copy(ROOT / "zensical.toml", folder)
    run = subprocess.run(
        [sys.executable, "-m", "zensical", "build", "--strict"],
        cwd=folder, capture_output=True, text=True, env={**os.environ, "NO_COLOR": "1"},
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
    return folder / "build" / "site"


def test_the_site_builds_strictly(site: Path) -> None:
    assert (site / "index.html").is_file()
    assert (site / "examples" / "index.html").is_file()


def test_the_site_loads_nothing_from_elsewhere(site: Path) -> None:
    source = r'<(?:script|img|iframe|source)[^>]+src="(https?:[^"]+)"'
    sheet = r'<link[^>]+rel="(?!canonical)[^"]+"[^>]+href="(https?:[^"]+)"'
    loaded = re.compile(f"{source}|{sheet}")
    for page in site.rglob("*.html"):
        assert loaded.findall(page.read_text(encoding="utf-8")) == [], page
    for style in site.rglob("*.css"):
        assert "url(http" not in style.read_text(encoding="utf-8")


def test_the_search_finds_every_page(site: Path) -> None:
    index = (site / "search.js").read_text(encoding="utf-8")
    for page in DOCS.rglob("*.md"):
        assert f'"{page.relative_to(DOCS).with_suffix(".html")}"' in index
