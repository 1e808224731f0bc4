"""The check of a corpus, over one of five nets."""

from __future__ import annotations

import csv
from pathlib import Path

from click.testing import CliRunner

from tools.check_zoo import main

INPUT = 'layer { name: "x" type: "Input" top: "x" input_param { shape { dim: [1, 3, 8, 8] } } }\n'
NETS = {
    "fork": ('layer { type: "Reverse" bottom: "x" top: "y" }', "Unknown layer type: Reverse"),
    "template": (
        'layer { type: "Reverse" bottom: "x" top: "y" }\n'
        'layer { name: "ip" type: "InnerProduct" bottom: "y" top: "z" '
        "inner_product_param { num_output: 0 } }",
        "Unknown layer type: Reverse",
    ),
    "python": (
        'layer { type: "Python" bottom: "x" top: "y" python_param { module: "m" layer: "L" } }',
        "Unknown layer type: Python",
    ),
    "unknown": ('layer { type: "Nonsense" bottom: "x" top: "y" }', "Unknown layer type: Nonsense"),
    "refused": ('layer { type: "ReLU" bottom: "lost" top: "y" }', "Unknown bottom blob 'lost'"),
}
COLUMNS = [
    "path", "kind", "sha1", "layer_types", "upgraded", "bvlc_parses", "bvlc_error", "bvlc_builds",
    "build_error", "patched_test", "patched_train",
]  # fmt: skip


def corpus(folder: Path) -> None:
    with (folder / "index.csv").open("w", newline="") as file:
        table = csv.DictWriter(file, COLUMNS)
        table.writeheader()
        for name, (text, error) in NETS.items():
            (folder / f"{name}.prototxt").write_text(INPUT + text)
            row = dict.fromkeys(COLUMNS, "")
            row |= {"path": f"{name}.prototxt", "kind": "net_deploy", "sha1": name}
            row |= {"bvlc_parses": "yes", "bvlc_builds": "no", "build_error": error}
            table.writerow(row)


def test_each_kind_has_its_line_and_each_miss_its_reason(tmp_path: Path) -> None:
    corpus(tmp_path)
    result = CliRunner().invoke(main, [str(tmp_path), "--list"])
    lines = result.output.splitlines()
    assert "parsed: 5/5 (100.00%, bar 100%)" in lines
    assert "others built: 1/3 (33.33%, bar 95%, 1 need somebody's Python layer)" in lines
    assert "refused as Caffe: 1/1 (100.00%, bar 100%)" in lines
    template, unknown, python = (
        next(line for line in lines if line.startswith(f"  {name}.prototxt"))
        for name in ("template", "unknown", "python")
    )
    assert "num_output is 0" in template
    assert template.endswith("(a template: with num_output filled in it builds)")
    assert 'unknown layer type "Nonsense"' in unknown
    assert "would import module" in python
    assert result.exit_code == 1


def test_one_net_by_its_path(tmp_path: Path) -> None:
    corpus(tmp_path)
    result = CliRunner().invoke(main, [str(tmp_path), "--only", "fork"])
    assert "others built: 1/1 (100.00%, bar 95%)" in result.output
    assert result.exit_code == 0
