"""The same program for OpenCV 5: two lines more, and the rest is as it was.

python opencv_after.py deploy.prototxt WEIGHTS.caffemodel picture.png
"""

import sys

import cv2

import caffe2torch.cv2

caffe2torch.cv2.install()

net = cv2.dnn.readNetFromCaffe(sys.argv[1], sys.argv[2])
image = cv2.imread(sys.argv[3], cv2.IMREAD_GRAYSCALE)
net.setInput(cv2.dnn.blobFromImage(image, 1 / 256, (8, 8), 78))
scores = net.forward()
print(f"class {scores.argmax()} with {scores.max():.4f}")
