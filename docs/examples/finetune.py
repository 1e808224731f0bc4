"""Fine-tune: a net that knows ten digits learns to tell even from odd, in seconds.

python finetune.py WEIGHTS.caffemodel          in the folder of `c2t quickstart demo`
"""

import sys

import torch
from torch.utils.data import DataLoader

import caffe2torch

mean = torch.from_numpy(caffe2torch.read_mean("mean.binaryproto"))[0]


def prepared(image: torch.Tensor) -> torch.Tensor:
    """What the net's data layer does: subtract the mean, then scale."""
    return (image.float() - mean) / 256


def loader(name: str, shuffle: bool) -> DataLoader:
    dataset = caffe2torch.LMDBDataset(name, transform=prepared)
    return DataLoader(dataset, batch_size=60, shuffle=shuffle)


torch.manual_seed(1)
net = caffe2torch.load("deploy.prototxt", weights=sys.argv[1], num_classes=2, seed=1)
for name, parameter in net.named_parameters():
    parameter.requires_grad_(not name.startswith("conv"))  # the features stay as they are
optimizer = caffe2torch.optim.SGD(
    [p for p in net.parameters() if p.requires_grad], lr=0.05, momentum=0.9
)
for images, labels in loader("digits_train_lmdb", shuffle=True):
    # the deploy net ends in a softmax, so the loss is that of its logarithm
    loss = torch.nn.functional.nll_loss(net(images).clamp_min(1e-9).log(), labels % 2)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

right = total = 0
with torch.no_grad():
    for images, labels in loader("digits_test_lmdb", shuffle=False):
        right += int((net(images).argmax(1) == labels % 2).sum())
        total += len(labels)
print(f"even or odd: {right / total:.1%} of {total} after one epoch")
