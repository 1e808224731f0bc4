"""A V0 net, for the tests of upgrades, and the text that edits make of a net."""

from __future__ import annotations

from caffe2torch.format.text import apply
from caffe2torch.format.upgrade import parse_net
from caffe2torch.format.upgrade.edits import net_edits

PADDED = """
input: 'data' input_dim: 1 input_dim: 3 input_dim: 8 input_dim: 8
layers { bottom: 'data' top: 'pad' layer { name: 'pad' type: 'padding' pad: 2 } }
layers { bottom: 'pad' top: 'c'
  layer { name: 'c' type: '%s' num_output: 4 kernelsize: 5 blobs_lr: 1 blobs_lr: 2 } }
"""


def edited(text: str) -> str:
    """The text of a net after the edits of its upgrade."""
    read = parse_net(text)
    assert read.document is not None
    return apply(text, net_edits(read.document, read.message))
