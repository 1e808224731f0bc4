"""CTCLoss and CtcLoss: connectionist temporal classification of unaligned labels."""

from __future__ import annotations

from caffe2torch.errors import ShapeError, UnsupportedError
from caffe2torch.layers._loss import NO_GRADIENT
from caffe2torch.layers.base import Example, Layer, Shape, Site
from caffe2torch.layers.code import Code, op
from caffe2torch.layers.lazy import F, torch


class CtcLoss(Layer):
    """Mean over the sequences of -log p(labels), with a softmax over the classes inside.

    Shape:    score (T, N, C), label (N, L) -> ()
    Params:   alphabet_size [0], C; time_step [0], the steps that count; blank_label [0], which
              also fills up shorter rows of labels
    Weights:  none
    Differs:  an alphabet_size other than C is noted, and C counts; a sequence too short for its
              labels counts 0, as in warp-ctc
    Raises:   ShapeError if the sizes do not fit; ValueError in forward for an unknown label
    Source:   Graves et al., CTC (2006); DeepDetect's caffe ctc_loss_layer.cpp
    """

    type = "CtcLoss"
    origin = "deepdetect"
    bottoms = 2
    loss = True
    no_gradient = {1: NO_GRADIENT}
    param_field = "ctc_loss_param"
    examples = (
        Example(
            "ctc_loss_param { alphabet_size: 4 time_step: 6 }",
            bottoms=[(6, 2, 4), (2, 2)], integer=(1,), classes=4,
        ),
    )  # fmt: skip

    def shapes(self, x: Site) -> list[Shape]:
        param, (score, label) = x.param.ctc_loss_param, x.bottoms
        if len(score) < 3 or param.alphabet_size < 1:
            raise ShapeError(
                f"scores of shape {score} and alphabet_size {param.alphabet_size}",
                field="ctc_loss_param.alphabet_size",
                hint="scores are (time, sequences, classes), alphabet_size is their classes",
            )
        if score[2] != param.alphabet_size:
            x.notes.append(f"alphabet_size is {param.alphabet_size}; the {score[2]} classes count")
        if not 0 < param.time_step <= score[0]:
            raise ShapeError(
                f"time_step is {param.time_step}, and there are {score[0]} steps",
                field="ctc_loss_param.time_step",
            )
        if not 0 <= param.blank_label < score[2]:
            raise ShapeError(
                f"blank_label is {param.blank_label}, and there are {score[2]} classes",
                field="ctc_loss_param.blank_label",
            )
        if x.shape(1, 1)[0] != score[1]:
            raise ShapeError(f"{label[0]} rows of labels for {score[1]} sequences", field="bottom")
        return [()]

    def code(self, x: Site) -> Code:
        param = x.param.ctc_loss_param
        return op(ctc_loss_of_rows, steps=param.time_step, blank=param.blank_label)


def ctc_loss_of_rows(
    score: torch.Tensor, label: torch.Tensor, steps: int, blank: int
) -> torch.Tensor:
    """CTC loss, a scalar, of score (T, N, C) for rows of labels (N, L); blanks in them go."""
    n = score.shape[1]
    rows = label.reshape(n, -1).long()
    lengths = (rows != blank).sum(dim=1)
    rows = rows.gather(1, (rows == blank).long().argsort(dim=1, stable=True))
    if ((rows < 0) | (rows >= score.shape[2])).any():
        raise ValueError(f"CtcLoss: labels must lie in 0..{score.shape[2] - 1}")
    log = score.reshape(len(score), n, -1).log_softmax(dim=-1)
    times = torch.full_like(lengths, steps)
    loss = F.ctc_loss(log, rows, times, lengths, blank, reduction="sum", zero_infinity=True)
    return loss / n


class CTCLoss(Layer):
    """Mean over the sequences of -log p(labels), of sequences of different lengths.

    Shape:    score (T, N, C), indicator (T, N): 0 where a sequence starts, label (T, N): below 0
              or C - 1 and above after the last one -> ()
    Params:   blank_index [-1], the last class if negative; output_delay [0] steps without output;
              preprocess_collapse_repeated [false] of labels; loss_calculation_t has no effect
    Weights:  none
    Differs:  the gradient is that of the sum over the sequences, not of the mean, as in the
              fork's CPU code, which also ignores a loss_weight
    Raises:   ShapeError if the sizes do not fit; UnsupportedError for ctc_merge_repeated: false;
              ValueError in forward for more labels than steps
    Source:   Graves et al., CTC (2006); ChWick's caffe ctc_loss_layer.cpp
    """

    type = "CTCLoss"
    origin = "chwick"
    bottoms = 3
    loss = True
    no_gradient = {1: "cannot run backward to its sequence indicators", 2: NO_GRADIENT}
    param_field = "ctc_loss_param"
    examples = (
        Example(
            "ctc_loss_param { preprocess_collapse_repeated: true }",
            bottoms=[(6, 2, 9), (6, 2), (6, 2)], low=0.6, high=1.0,
        ),
    )  # fmt: skip

    def shapes(self, x: Site) -> list[Shape]:
        x.shape(0, 3)
        for name, shape in zip(x.bottom_names[1:], x.bottoms[1:], strict=True):
            if shape[:2] != x.bottoms[0][:2]:
                raise ShapeError(
                    f"bottom {name!r} has shape {shape}, not {x.bottoms[0][:2]}",
                    field="bottom",
                    hint="bottoms are scores (T, N, C), indicators (T, N) and labels (T, N)",
                )
        if not 0 <= x.param.ctc_loss_param.output_delay < x.bottoms[0][0]:
            raise ShapeError(
                f"output_delay is {x.param.ctc_loss_param.output_delay}, and there are "
                f"{x.bottoms[0][0]} steps",
                field="ctc_loss_param.output_delay",
            )
        if not x.param.ctc_loss_param.ctc_merge_repeated:
            raise UnsupportedError("ctc_merge_repeated: false is not reproduced")
        return [()]

    def code(self, x: Site) -> Code:
        param = x.param.ctc_loss_param
        return op(
            ctc_loss_of_columns,
            blank=param.blank_index if param.blank_index >= 0 else x.bottoms[0][2] - 1,
            delay=param.output_delay,
            collapse=param.preprocess_collapse_repeated,
        )


def ctc_loss_of_columns(
    score: torch.Tensor,
    indicator: torch.Tensor,
    label: torch.Tensor,
    blank: int,
    delay: int,
    collapse: bool,
) -> torch.Tensor:
    """CTC loss, a scalar, of score (T, N, C) for columns of labels (T, N).

    indicator (T, N): a 0 after the first step ends the sequence.
    """
    steps, n = score.shape[:2]
    indicator, label = indicator.reshape(steps, n), label.reshape(steps, n).T
    times = 1 + (indicator[1:] >= 0.5).long().cumprod(dim=0).sum(dim=0) - delay
    rows, given = (label + 0.5).long(), (label >= 0).long().cumprod(dim=1)
    if (given.sum(dim=1) > times).any():
        raise ValueError("CTCLoss: a sequence has more labels than steps")
    within = (given * (rows < score.shape[2] - 1)).cumprod(dim=1).bool()
    if collapse:
        within[:, 1:] &= rows[:, 1:] != rows[:, :-1]
    rows = rows.gather(1, (~within).long().argsort(dim=1, stable=True))
    log = score.reshape(steps, n, -1)[delay:].log_softmax(dim=-1)
    log = log + (n - 1) * (log - log.detach())  # n times the gradient, the same value
    return F.ctc_loss(log, rows, times, within.sum(dim=1), blank, reduction="sum") / n
