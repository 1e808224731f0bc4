"""An old LMDB in a torch DataLoader: several workers, shuffled, transformed, without Caffe.

python old_lmdb.py DB                          such as digits_train_lmdb
"""

import sys

import torch
from torch.utils.data import DataLoader, random_split

import caffe2torch


def unit(image: torch.Tensor) -> torch.Tensor:
    """Pixels as torch's own nets want them; a colour image is stored blue first."""
    return image.flip(0).float() / 255


if __name__ == "__main__":  # workers that are spawned import this file
    dataset = caffe2torch.LMDBDataset(sys.argv[1], transform=unit)
    generator = torch.Generator().manual_seed(1)
    train, held_out = random_split(dataset, [0.9, 0.1], generator)
    batches = DataLoader(train, batch_size=128, shuffle=True, num_workers=2, generator=generator)
    images = labels = torch.zeros(0)
    for images, labels in batches:  # noqa: B007
        pass  # train on them
    print(f"{len(train)} records to train on, {len(held_out)} held out")
    print(f"last batch: {tuple(images.shape)}, {images.dtype}, labels {int(labels.min())} to "
          f"{int(labels.max())}")  # fmt: skip
