"""Classify images with a deploy net and its weights: the mean over ten crops of each.

c2t run classify.py deploy.prototxt weights.caffemodel image.png [image.png ...]
"""

import sys

import caffe
import numpy as np

proto, weights, *images = sys.argv[1:]
caffe.set_mode_cpu()
net = caffe.Classifier(
    proto,
    weights,
    image_dims=(40, 40),  # then crops of the net's own input size
    mean=np.array([104.0, 117.0, 123.0]),  # blue, green, red
    raw_scale=255,  # load_image gives 0 to 1
    channel_swap=(2, 1, 0),  # and red, green, blue
)
scores = net.predict([caffe.io.load_image(name) for name in images])
for name, row in zip(images, scores, strict=True):
    best = row.argsort()[::-1][:3]
    print(name, ", ".join(f"class {k}: {row[k]:.3f}" for k in best))
