"""Back to Caffe: a net that PyTorch trained on becomes a prototxt and a caffemodel again.

python back_to_caffe.py                        in the folder of `c2t quickstart demo`
"""

import subprocess
import sys

import numpy as np
import torch

import caffe2torch
from caffe2torch import pycaffe as caffe

net = caffe2torch.load("deploy.prototxt", seed=1)
optimizer = torch.optim.Adam(net.parameters())
digits, labels = next(
    iter(torch.utils.data.DataLoader(caffe2torch.LMDBDataset("digits_train_lmdb"), 256))
)
inputs = digits.float() / 256
for _ in range(20):  # anything that trains a torch module
    loss = torch.nn.functional.nll_loss(net(inputs).clamp_min(1e-9).log(), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
torch.save(net.state_dict(), "trained.pt")

command = [sys.executable, "-m", "caffe2torch", "convert", "deploy.prototxt", "--weights",
           "trained.pt", "--to", "caffemodel,prototxt", "-o", "back", "--force"]  # fmt: skip
subprocess.run(command, check=True)

# Caffe's own API reads the two files, here without Caffe.
again = caffe.Net("back/digits_lenet.prototxt", "back/digits_lenet.caffemodel", caffe.TEST)
again.blobs["data"].reshape(*inputs.shape)
again.blobs["data"].data[...] = inputs.numpy()
scores = again.forward()["prob"]
apart = float(np.abs(scores - net(inputs).detach().numpy()).max())
print(f"the files of Caffe give the same within {apart:.0e}")
assert apart < 1e-5
