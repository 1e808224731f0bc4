"""What hints at pretrained weights that only a command line names, and what does not."""

from __future__ import annotations

import pytest

from tests.lint.checks import Folder, fires, only
from tests.lint.nets import chain

BARE = chain(9, "", last="xavier")
"""Nine layers without a filler below one with: clearly a net to be fine-tuned."""
DEAD = chain(14, "xavier", scale=0.02)
SOLVER_HINT = 'snapshot_prefix: "digits"'


def frozen(net: str, layers: range) -> str:
    for i in layers:
        net = net.replace(
            f'  top: "conv{i}"\n  convolution_param',
            f'  top: "conv{i}"\n  param {{ lr_mult: 0 }}\n  convolution_param',
        )
    return net


def faster(net: str, rate: int) -> str:
    return net.replace('  top: "score"\n', f'  top: "score"\n  param {{ lr_mult: {rate} }}\n')


def norms(net: str) -> str:
    """A BatchNorm with stored statistics behind every convolution."""
    for i in range(1, 15):
        act = f'layer {{ name: "act{i}"'
        norm = (
            f'layer {{ name: "bn{i}" type: "BatchNorm" bottom: "conv{i}" top: "conv{i}" '
            "batch_norm_param { use_global_stats: true } }\n"
        )
        net = net.replace(act, norm + act)
    return net


HINTS = {
    "a comment": lambda f: f.solver({SOLVER_HINT: SOLVER_HINT + "  # lr for fine-tuning"}),
    "a name": lambda f: f.solver({SOLVER_HINT: 'snapshot_prefix: "finetuned"'}),
    "frozen layers": lambda f: f.write(net=frozen(f.net_file.read_text(), range(1, 9))),
    "a fast last layer": lambda f: f.write(net=faster(f.net_file.read_text(), 10)),
    "weights beside": lambda f: (f.path / "vgg.caffemodel").write_bytes(b""),
}
NO_HINTS = {
    "nothing": lambda f: None,
    "its own snapshots": lambda f: (f.path / "digits_iter_500.caffemodel").write_bytes(b""),
    "one frozen layer": lambda f: f.write(net=frozen(f.net_file.read_text(), range(1, 2))),
    "a last layer twice as fast": lambda f: f.write(net=faster(f.net_file.read_text(), 2)),
}
NETS = {"C2T201": DEAD, "C2T410": norms(chain(14)), "C2T203": chain(3, "")}


SHALLOW = ("frozen layers", "a fast last layer")
"""Hints that a net of three layers is too small to give."""


@pytest.mark.parametrize(
    ("code", "hint"),
    [(code, hint) for code in NETS for hint in HINTS if code != "C2T203" or hint not in SHALLOW],
)
def test_a_hint_leaves_a_warning(folder: Folder, code: str, hint: str) -> None:
    HINTS[hint](folder.write(net=NETS[code]))
    codes = {f.code: f.severity for f in folder.lint()}
    assert "error" not in codes.values(), codes
    if (code, hint) != ("C2T201", "frozen layers"):  # then their freezing is the cause (C2T413)
        assert codes[code] == "warning"


@pytest.mark.parametrize(
    ("code", "hint"),
    [(c, h) for c in NETS for h in NO_HINTS if (c, h) != ("C2T203", "one frozen layer")],
)
def test_without_a_hint_it_is_an_error(folder: Folder, code: str, hint: str) -> None:
    NO_HINTS[hint](folder.write(net=NETS[code]))
    fires(folder, code, severity="error")


def test_layers_without_fillers_below_one_with(folder: Folder) -> None:
    finding = fires(folder.write(net=BARE), "C2T203", "seems made", severity="warning")
    assert "--weights" in finding.text
    assert not only(folder.lint(), "C2T201")


def test_a_frozen_upsampling_of_zeros(folder: Folder) -> None:
    """FCN's nets: no fillers at all, and a Deconvolution with lr_mult 0 that from scratch is 0."""
    text = chain(9, "", last="")
    up = (
        'layer { name: "up" type: "Deconvolution" bottom: "conv9" top: "up" param { lr_mult: 0 } '
        "convolution_param { num_output: 16 kernel_size: 2 stride: 1 bias_term: false } }\n"
    )
    text = text.replace('  bottom: "conv9"\n  top: "score"', '  bottom: "up"\n  top: "score"')
    text = text.replace('layer {\n  name: "score"', up + 'layer {\n  name: "score"')
    fires(folder.write(net=text), "C2T203", severity="warning")


def test_stored_statistics_behind_layers_without_a_filler(folder: Folder) -> None:
    """Most of the net has fillers; its body of six layers waits for weights all the same."""
    net = norms(chain(14))
    for i in range(1, 7):
        head, body = net.split(f'  name: "conv{i}"\n')
        net = f'{head}  name: "conv{i}"\n' + body.replace('weight_filler { type: "msra" }', "", 1)
    found = folder.write(net=net).lint()
    assert not [f.text for f in found if f.severity == "error"]
    assert only(found, "C2T410")
