"""VGG-16 at 224 at initialisation: the reference table, predicted and by real initialisation.

    python tools/vgg_table.py

Four combinations of scale and filler of solvers/es_vgg, batch 2, images with the moments of the
prior (std 70). Prints logit std (dropout on), loss, and relative gradients beside the reference
numbers; exits 1 if one of them is off by more than a factor 2. Takes a minute and 3 GB.
"""

from __future__ import annotations

import sys
from pathlib import Path

from caffe2torch.config.files import Files
from caffe2torch.lint.context import Context
from caffe2torch.lint.signal.measure import measure
from caffe2torch.lint.signal.study import set_batch
from caffe2torch.moments.loss import FLOOR

FOLDER = Path(__file__).resolve().parent.parent / "solvers" / "es_vgg"
LAYERS = ("conv1_1", "conv5_2", "fc6", "fc8")
REFERENCE = {
    ("1", "xavier"): (1.13, 7.0, 0.29, 2.1, 2.1, 1.6),
    ("1", "msra"): (270, 1007, 55, 336, 330, 269),
    ("0.00390625", "xavier"): (0.016, 6.917, 0.0016, 0.012, 0.013, 0.023),
    ("0.00390625", "msra"): (1.09, 7.3, 0.15, 0.86, 0.93, 0.79),
}
"""(scale, filler) -> logit std, loss at 0, relative gradient of LAYERS."""


def context(scale: str, filler: str) -> Context:
    """es_vgg with this scale and filler, batch 2."""
    net = str(FOLDER / "train_val.prototxt")
    text = Path(net).read_text(encoding="utf-8")
    text = text.replace("0.00390625", scale).replace('"xavier"', f'"{filler}"')
    made = Context(net, Files({net: text}))
    set_batch(made, 2)
    return made


def rows(scale: str, filler: str) -> tuple[list[float], list[float]]:
    """Predicted and measured numbers, in the order of REFERENCE."""
    made = context(scale, filler)
    signal, name = made.signal, "loss"
    real = measure(made.train.graph, signal, seed=1, real=False)
    layers = {layer.name: layer for layer in signal.layers}
    main = signal.main
    assert main is not None
    predicted = [main.train_std, main.loss or 0.0]
    measured = [real.logits[name], real.losses[name]]
    predicted += [layers[layer].relative or 0.0 for layer in LAYERS]
    measured += [real.layers[layer].relative or 0.0 for layer in LAYERS]
    return predicted, measured


def _shown(what: str, wanted: tuple[float, ...]) -> list[float]:
    """The reference as a loss layer shows it: no sample counts for more than 87.3365."""
    std, loss, *relative = wanted
    return [std, min(loss, FLOOR) if what == "measured" else loss, *relative]


def main() -> int:
    """Print the table; return 0 if all numbers agree within a factor 2."""
    print("scale, filler: logit std, loss, relative gradient of", ", ".join(LAYERS))
    worst = 1.0
    for (scale, filler), wanted in REFERENCE.items():
        print(f"{scale} {filler}")
        print("    reference", *(f"{value:.3g}" for value in wanted))
        for what, found in zip(("predicted", "measured"), rows(scale, filler), strict=True):
            print(f"    {what:9}", *(f"{value:.3g}" for value in found), flush=True)
            ratios = [a / b for a, b in zip(found, _shown(what, wanted), strict=True)]
            worst = max(worst, *ratios, *(1 / ratio for ratio in ratios))
    print(f"largest factor: {worst:.2f}")
    return 0 if worst <= 2 else 1


if __name__ == "__main__":
    sys.exit(main())
