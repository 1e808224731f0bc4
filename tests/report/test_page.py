"""The page of a run: what is in it, and that a browser draws every chart without an error."""

from __future__ import annotations

import math
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from caffe2torch.health.observation import Observation
from caffe2torch.report.page import render, write
from caffe2torch.report.record import HeatMap, Picture, Record

EVIL = '</script><img src=x onerror="alert(1)">\x1b]0;x\x07'
FATAL = Observation("C2T608", "nan-or-inf", 20, f"loss {EVIL}", "lower base_lr", EVIL, True)
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("chrome")
needs_browser = pytest.mark.skipif(not BROWSER, reason="no Chromium is installed")


def record(name: str, **fields: object) -> Record:
    curves = {
        "loss": [(0, 500.0), (10, 1.5), (20, math.nan)],
        "lr": [(0, 0.1), (10, 0.1)],
        "test0 accuracy": [(0, 0.1), (20, 0.9)],
    }
    return Record(name, curves, max_iter=20, end="Done", **fields)  # type: ignore[arg-type]


def full(name: str) -> Record:
    return record(
        name,
        findings=[FATAL],
        notes=[f"predicted: {EVIL}"],
        maps=[HeatMap("Gradient", [0, 1], {EVIL: [1.0, 2.0]})],
        pictures=[Picture("Input samples", f"images {EVIL}", b"\x89PNG")],
        lint=f"solver.prototxt:1:1: error {EVIL}",
        facts={"command": f"c2t train {EVIL}"},
    )


def test_the_verdict_comes_first_and_sections_without_content_are_left_out() -> None:
    page = render([record("a")])
    assert re.findall(r"<h2 id=.*?>(.*?)</h2>", page) == ["Verdict", "Curves"]
    assert "Nothing was seen to go wrong." in page
    headings = re.findall(r"<h2 id=.*?>(.*?)</h2>", render([full("a")]))
    assert headings == [
        "Verdict", "Curves", "Layers over time", "Pictures", "Lint", "Environment",
    ]  # fmt: skip


def test_what_a_net_is_called_stays_text() -> None:
    page = render([full(EVIL), full("b")])
    assert "<img src=x" not in page and "\x1b" not in page
    assert page.count("</script>") == 2
    assert "default-src 'none'" in page


def test_it_needs_no_other_file() -> None:
    page = render([record("a", pictures=[Picture("Input samples", "images", b"PNG")])])
    addresses = re.findall(r"(?:src|href)=[\"']?([^\"'> ]+)", page)
    assert addresses and all(address.startswith(("data:", "#")) for address in addresses)
    assert "@import" not in page and "url(" not in page


def opened(path: Path, *flags: str) -> tuple[str, str]:
    """Return the document after its programs have run, and what the browser complained of."""
    assert BROWSER
    words = [
        BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
        f"--user-data-dir={path.parent / 'profile'}", "--enable-logging=stderr",
        "--virtual-time-budget=2000", *flags, "--dump-dom", path.as_uri(),
    ]  # fmt: skip
    environment = {**os.environ, "HOME": str(path.parent)}
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, env=environment)
    return done.stdout, "\n".join(line for line in done.stderr.splitlines() if "CONSOLE" in line)


@needs_browser
@pytest.mark.parametrize("flags", [(), ("--window-size=390,800",)], ids=["wide", "phone"])
def test_a_browser_draws_every_chart(tmp_path: Path, flags: tuple[str, ...]) -> None:
    write([full(EVIL), record("b")], tmp_path / "report.html")
    document, complaints = opened(tmp_path / "report.html", *flags)
    assert complaints == ""
    assert re.findall(r'data-points="(.*?)"', document) == ["2 2", "2 2", "2 2"]
    assert document.count("<canvas") == 3
    assert document.count('role="button"') == 6  # each curve can be switched off by key
    assert re.findall(r'<input type="checkbox"[^>]*>', document)


@needs_browser
def test_a_page_that_is_broken_would_be_noticed(tmp_path: Path) -> None:
    text = render([record("a")]).replace("uPlot.join(", "uPlot.joyn(")
    (tmp_path / "report.html").write_text(text)
    document, complaints = opened(tmp_path / "report.html")
    assert "uPlot.joyn" in complaints and "data-points" not in document
