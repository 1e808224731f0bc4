"""Train step by step, and draw the loss and the accuracy.

c2t run train.py solver.prototxt curve.png
"""

import sys

import matplotlib

matplotlib.use("Agg")
import caffe
import matplotlib.pyplot as plt
import numpy as np

solver = caffe.get_solver(sys.argv[1])
steps, losses, accuracies = 20, [], []
for _ in range(steps):
    solver.step(1)
    losses.append(float(solver.net.blobs["loss"].data))
    if solver.iter % 5 == 0:
        test = solver.test_nets[0]
        test.share_with(solver.net)
        accuracies.append(np.mean([float(test.forward()["accuracy"]) for _ in range(2)]))
print(f"loss {losses[0]:.3f} -> {losses[-1]:.3f}, accuracy {accuracies[-1]:.2f}")
figure, axes = plt.subplots()
axes.plot(range(1, steps + 1), losses, label="training loss")
axes.plot(range(5, steps + 1, 5), accuracies, label="test accuracy")
axes.set_xlabel("iteration")
axes.legend()
figure.savefig(sys.argv[2])
