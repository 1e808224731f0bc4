"""In-place layers are folded into the box that they continue."""

from __future__ import annotations

from pathlib import Path

from tests.draw.one_picture import arrows, boxes, drawn, kinds


def test_an_in_place_layer_whose_bottom_others_read_has_its_own_box(tmp_path: Path) -> None:
    text = """
layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 1 dim: 4 } } }
layer { name: "a" type: "InnerProduct" bottom: "x" top: "a" inner_product_param { num_output: 3 } }
layer { name: "side" type: "Power" bottom: "a" top: "side" }
layer { name: "relu" type: "ReLU" bottom: "a" top: "a" }
layer { name: "sum" type: "Eltwise" bottom: "a" bottom: "side" top: "sum" }
"""
    picture = drawn(tmp_path, text)
    assert arrows(picture) == {
        "in -1×4-> a", "a -1×3-> side", "a -1×3-> relu", "relu -1×3-> sum", "side -1×3-> sum",
    }  # fmt: skip
    assert boxes(picture)["sum"] == ["Eltwise SUM", "→ sum: 1×3"]
    assert kinds(picture)["relu"] == ["in place"]
