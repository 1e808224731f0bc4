"""A solver for the healthy folder whose numbers stay, whatever the shipped one becomes."""

from __future__ import annotations

from tests.lint.checks import Folder

SOLVER = """net: "train_val.prototxt"
# 6 batches of 60 are the 360 test images.
test_iter: 6
test_interval: 200
base_lr: 0.02
momentum: 0.9
weight_decay: 0.0005
lr_policy: "multistep"
gamma: 0.1
stepvalue: 1200
stepvalue: 1600
# 1,437 images in batches of 64: 2,000 iterations are 89 epochs.
max_iter: 2000
display: 100
snapshot: 1000
snapshot_prefix: "digits"
random_seed: 1
solver_mode: CPU
"""


def steady(folder: Folder) -> Folder:
    """The folder with that solver."""
    return folder.write(solver=SOLVER)
