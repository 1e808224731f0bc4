"""A V0 net, for the tests of upgrades."""

from __future__ import annotations

PADDED = """
input: 'data' input_dim: 1 input_dim: 3 input_dim: 8 input_dim: 8
layers { bottom: 'data' top: 'pad' layer { name: 'pad' type: 'padding' pad: 2 } }
layers { bottom: 'pad' top: 'c'
  layer { name: 'c' type: '%s' num_output: 4 kernelsize: 5 blobs_lr: 1 blobs_lr: 2 } }
"""
