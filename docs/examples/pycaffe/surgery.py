"""Make a classifier fully convolutional: its inner products become convolutions.

c2t run surgery.py deploy.prototxt weights.caffemodel full_conv.prototxt out.caffemodel
"""

import sys

import caffe

deploy, weights, full, out = sys.argv[1:]
net = caffe.Net(deploy, caffe.TEST, weights=weights)
conv = caffe.Net(full, caffe.TEST, weights=weights)  # layers of other names stay as they are
for old in [name for name in net.params if name.startswith("fc")]:
    new = f"{old}-conv"
    print(old, net.params[old][0].data.shape, "->", new, conv.params[new][0].data.shape)
    for target, source in zip(conv.params[new], net.params[old], strict=True):
        target.data.flat = source.data.flat
conv.save(out)
