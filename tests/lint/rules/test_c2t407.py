"""C2T407 missing-nonlinearity."""

from __future__ import annotations

from tests.lint.checks import Folder, check_fixed, check_noop, fires
from tests.lint.nets import chain

CODE = "C2T407"


def without(text: str, *layers: str) -> str:
    """The net without these one-line layers."""
    names = tuple(f'layer {{ name: "{name}"' for name in layers)
    return "".join(line for line in text.splitlines(True) if not line.startswith(names))


def test_between_convolutions(folder: Folder) -> None:
    folder.write(net=without(chain(3), "act2"))
    fires(folder, CODE, '"conv2" and layer "conv3"', "16 dimensions", severity="warning")


def test_before_the_scores(folder: Folder) -> None:
    folder.write(net=without(chain(3), "act2", "act3"))
    fires(folder, CODE, "1 more such pair")


def test_bottleneck(folder: Folder) -> None:
    text = without(chain(3), "act2")
    head, tail = text.split('name: "conv2"')
    check_noop(folder.write(net=head + 'name: "conv2"' + tail.replace("16", "4", 1)), CODE)


def test_max_pooling_is_a_nonlinearity(folder: Folder) -> None:
    pool = (
        'layer { name: "pool" type: "Pooling" bottom: "conv1" top: "pool" '
        "pooling_param { pool: MAX kernel_size: 2 stride: 2 } }\n"
    )
    text = without(chain(2), "act1").replace(
        'layer {\n  name: "conv2"\n  type: "Convolution"\n  bottom: "conv1"',
        pool + 'layer {\n  name: "conv2"\n  type: "Convolution"\n  bottom: "pool"',
    )
    check_noop(folder.write(net=text), CODE)


def test_healthy(folder: Folder) -> None:
    check_noop(folder, CODE)


def test_net_without_any(folder: Folder) -> None:
    fires(folder.write(net=chain(2, activation="")), CODE, severity="warning")


def test_fix(folder: Folder) -> None:
    texts = check_fixed(folder.write(net=without(chain(3), "act2")), CODE)
    assert 'name: "conv2_relu" type: "ReLU"' in texts["train_val.prototxt"]


def test_gate(folder: Folder) -> None:
    """Something else reads the first layer too."""
    gate = 'layer { name: "gate" type: "Sigmoid" bottom: "conv2" top: "gate" }\n'
    gate += 'layer { name: "quiet" type: "Silence" bottom: "gate" }\n'
    check_noop(folder.write(net=without(chain(3), "act2") + gate), CODE)


def test_before_the_scores_alone_is_an_info(folder: Folder) -> None:
    fires(folder.write(net=without(chain(2), "act2")), CODE, 'layer "score"', severity="info")


def test_branches_of_shared_weights_count_once(folder: Folder) -> None:
    """Two towers of one set of weights: the pair before the scores is one pair."""
    text = without(chain(2), "act2")
    body = text[text.index('layer {\n  name: "conv1"') : text.index('layer { name: "loss"')]
    for name in ("conv1", "conv2", "score"):
        text = text.replace(f'name: "{name}"\n', f'name: "{name}" param {{ name: "{name}" }}\n')
        body = body.replace(f'name: "{name}"\n', f'name: "{name}_p" param {{ name: "{name}" }}\n')
        body = body.replace(f'top: "{name}"', f'top: "{name}_p"')
        body = body.replace(f'bottom: "{name}"', f'bottom: "{name}_p"')
    body = body.replace('name: "act1"', 'name: "act1_p"')
    quiet = 'layer { name: "quiet" type: "Silence" bottom: "score_p" }\n'
    found = fires(folder.write(net=text + body + quiet), CODE, severity="info")
    assert "more such pairs" not in found.text
