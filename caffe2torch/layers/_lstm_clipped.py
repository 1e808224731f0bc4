"""The LSTM of text forks (CTPN), whose gradients are clipped at the gates."""

from __future__ import annotations

from typing import Any

from caffe2torch.layers.lazy import F, nn, torch


class CaffeBoundedGradient(torch.autograd.Function):
    """x itself, whose gradient is kept within -bound and bound."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, bound: float) -> torch.Tensor:
        """Give x."""
        ctx.bound = bound
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> Any:
        """Give the gradient within its bounds."""
        return gradient.clamp(-ctx.bound, ctx.bound), None


class CaffeLstm(nn.Module):
    """LSTM over (T, N, I) whose gates' gradients stay within clip (0: any)."""

    def __init__(self, input_size: int, num_output: int, clip: float = 0.0) -> None:
        super().__init__()
        self.W_x = nn.Parameter(torch.empty(4 * num_output, input_size))
        self.W_h = nn.Parameter(torch.empty(4 * num_output, num_output))
        self.b = nn.Parameter(torch.empty(4 * num_output))
        self.num_output, self.clip = num_output, clip
        self.state: Any = None

    def forward(self, x: torch.Tensor, cont: torch.Tensor | None = None) -> torch.Tensor:
        gates = F.linear(x.flatten(2), self.W_x, self.b)
        zeros = gates.new_zeros(gates.shape[1], self.num_output)
        known = self.state is not None and self.state[0].shape == zeros.shape
        h, c = (s.to(zeros) for s in self.state) if cont is not None and known else (zeros, zeros)
        outputs = []
        for t, gate in enumerate(gates):
            if cont is not None:
                on = (cont.detach().reshape(gates.shape[:2])[t] != 0).to(gate)[:, None]
                h, c = h * on, c * on
            gate = gate + F.linear(h, self.W_h)
            if self.clip > 0:
                gate = CaffeBoundedGradient.apply(gate, self.clip)
            i, f, o, g = gate.chunk(4, dim=1)
            c = f.sigmoid() * c + i.sigmoid() * g.tanh()
            h = o.sigmoid() * c.tanh()
            outputs.append(h)
        self.state = h.detach(), c.detach()
        return torch.stack(outputs)
