"""The smoothed loss that the log shows: a mean over the last average_loss iterations."""

from __future__ import annotations

from dataclasses import dataclass, field

from caffe2torch.config.policies.base import f32


@dataclass
class Average:
    """A ring of losses, with Caffe's float32 arithmetic.

    Source: Caffe src/caffe/solver.cpp, UpdateSmoothedLoss
    """

    size: int
    losses: list[float] = field(default_factory=list)
    smoothed: float = 0.0
    seen: int = 0

    def add(self, loss: float) -> None:
        """Take in the loss of the next iteration."""
        if len(self.losses) < self.size:
            self.losses.append(loss)
            count = len(self.losses)
            self.smoothed = f32(f32(self.smoothed * (count - 1) + loss) / count)
        else:
            place = self.seen % self.size
            gain = f32(f32(loss - self.losses[place]) / self.size)
            self.smoothed = f32(self.smoothed + gain)
            self.losses[place] = loss
        self.seen += 1
