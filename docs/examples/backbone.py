"""A Caffe net inside a larger PyTorch model: its feature maps feed a head that marks the ink.

python backbone.py [WEIGHTS.caffemodel]        in the folder of `c2t quickstart demo`
"""

import sys

import torch
from torch import nn

import caffe2torch


class Marker(nn.Module):
    """Which pixels are ink, from the maps of a Caffe net: (N, 1, H, W) -> (N, 1, H, W)."""

    def __init__(self, weights: str | None) -> None:
        super().__init__()
        self.features = caffe2torch.load(
            "deploy.prototxt", weights=weights, features_only=True, seed=1
        )
        with torch.no_grad():
            maps = self.features(torch.zeros(1, 1, 8, 8))
        self.heads = nn.ModuleList(nn.Conv2d(m.shape[1], 1, 1) for m in maps.values())

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        size = images.shape[2:]
        marks = (
            nn.functional.interpolate(head(m), size, mode="bilinear")
            for head, m in zip(self.heads, self.features(images).values(), strict=True)
        )
        return sum(marks)


torch.manual_seed(1)
dataset = caffe2torch.LMDBDataset("digits_train_lmdb")
images = torch.stack([dataset[i][0] for i in range(256)]).float()
inputs, ink = images / 256 - 0.5, (images > 128).float()
model = Marker(sys.argv[1] if len(sys.argv) > 1 else None)
# A Caffe net is a module like any other: its parameters train with the rest of the model.
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for step in range(60):
    loss = nn.functional.binary_cross_entropy_with_logits(model(inputs), ink)
    if step == 0:
        print(f"at first: loss {loss.item():.3f}")
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
share = ((model(inputs) > 0) == (ink > 0)).float().mean().item()
print(f"after 60 steps: loss {loss.item():.3f}, {share:.1%} of the pixels right")
