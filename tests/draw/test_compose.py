"""What is drawn of a net: which boxes, and which arrows join them."""

from __future__ import annotations

from pathlib import Path

import pytest

from caffe2torch.draw import compose, subject
from caffe2torch.errors import GraphError
from tests.draw.one_picture import LENET, arrows, drawn, texts


def test_all_phases_are_drawn_in_one_picture(tmp_path: Path) -> None:
    picture = drawn(tmp_path, LENET)
    assert picture.phase == "ALL"
    partly = [item for item in picture.items if item.partly]
    assert [texts(item)[0] for item in partly] == ["mnist", "mnist", "drop1", "accuracy"]
    assert [texts(item)[-1] for item in partly[:2]] == ["TRAIN only", "TEST only"]
    assert {
        "mnist -data 64×1×28×28-> conv1",
        "mnist -data 100×1×28×28-> conv1",
        "conv1 -64/100×20×24×24-> pool1",
        "mnist -label 100-> accuracy",
        "mnist -label 64-> loss",
    } <= arrows(picture)
    assert "mnist -label 64-> accuracy" not in arrows(picture)
    # In TEST, ip2 reads what relu1 wrote.
    assert {"drop1 -64×500-> ip2", "ip1 -64/100×500-> ip2"} <= arrows(picture)


def test_every_bottom_of_the_golden_nets_is_an_arrow(golden: Path) -> None:
    nets = sorted((golden / "nets").glob("*.prototxt"))
    assert len(nets) > 20
    for path in nets:
        chosen = subject.read(str(path), "TRAIN")
        picture = compose.compose(chosen)
        named = {texts(item)[0] for item in picture.items if not item.tag}
        words = [word for item in picture.items for word in item.words]
        reads = {arrow.rpartition("> ")[2] for arrow in arrows(picture)}
        for layer in chosen.net.message.layer:
            if layer.name in named and layer.bottom:
                assert layer.name in reads, (path, layer.name)
        assert not picture.errors, path
        assert named <= set(words)


def test_a_net_of_next_to_nothing_has_a_picture(tmp_path: Path) -> None:
    assert len(drawn(tmp_path, 'layer { name: "" type: "Input" top: "x" }\n').items) == 1


@pytest.mark.parametrize("text", ["", 'name: "empty"'])
def test_a_file_without_layers_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(GraphError, match="has no layers"):
        drawn(tmp_path, text + "\n")
