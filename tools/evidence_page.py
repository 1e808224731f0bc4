"""docs/evidence.md and its plot, from the results of tools/evidence.py."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING, Any

from tools.story import VARIANTS

if TYPE_CHECKING:
    from tools.evidence import Result

CLEAR = 0.05
"""Accuracies differ where all of one are above all of the other, and the means by this much."""

HEAD = """# Evidence, not folklore

What popular advice does to a net that does not learn, tried out. The net is a VGG-16 of the
story's shape, 13 convolutions and 3 inner products, but narrow (8 to 32 channels), on the
1,437 handwritten digits that ship with the package, enlarged to 32x32; 360 others are the
test set. Fashion-MNIST, for which the articles' figures are, is not shipped and was not at
hand: the numbers here are the digits', and small nets on easy images say nothing about the
size of an effect elsewhere, only about its kind.

SGD with momentum 0.9, weight decay 0.0005, batches of 32, 30 to 150 iterations, on a
processor. The tables are written by a program from what was measured, and
nothing else is in them:

```text
python tools/evidence.py run docs/evidence.json --minutes 40
python tools/evidence.py write docs/evidence.json docs/evidence.md
```

`run --anew` trains again what another version of the package has trained: a version is named by
eight digits of a digest of its texts. [Five stories](articles.md) are told with these numbers.

**accuracy**: mean over the seeds, with the lowest and the highest. **effect**: against the
first row of its table (or the one that is named), where all seeds are better or all worse
and the means differ by 5 points; else none. **signal**: std of the logits from the input,
as `c2t lint` predicts it before the run. **gradient**: root mean square in the first layer
at iteration 0. **lint**: errors, and warnings with a question mark. **monitor**: what `c2t
train` said, at which iteration (the first seed that shows it).

![mean training losses](evidence.png)
"""

TEXTS = {
    "a": """VGG with `scale: 1/256` and xavier stays at ln(10). The cause is what lint and
probe say: the signal dies (C2T201). Multiplying base_lr by 255 and dividing the mean change
nothing about that; a `std` beside xavier is not read (C2T205). msra alone brings the signal
back, and then the rate of 0.0648 is too high for it: only both together train. So do pixels
without a scale at a lower rate, and BatchNorm at the rate as it was.
""",
    "b": """Foreign normalisation is not fatal here: grey digits under ImageNet's mean and
deviation are off by a factor of 1.7 and half a deviation. Compare the rows; BatchNorm makes
them alike.
""",
    "c": """A layer that rescales pixels is in the net, but the first convolution reads the
raw ones.
""",
    "d": """Gentle: 5 degrees, 5 % of a side, 10 % of brightness and contrast. Aggressive:
45 degrees, 30 %, 60 %, and 4 pixels of padding, in a run of 80 iterations.
""",
    "e": """The training is the same with and without an average. Without warm-up an average
of decay 0.999 is still mostly the initial weights after 80 iterations: a metric that does
not move, and nothing wrong with the training (C2T610). BatchNorm's statistics are averaged,
too.
""",
    "f": """Rates with BatchNorm; dropout in the two hidden layers; weights from 60
iterations on images of another size, against the same size and none.
""",
}
"""What a table is about, by the letter of its group."""

BASES = {
    "dropout 0.5": "",
    "dropout 0.9": "dropout 0.5",
    "pretrained on 32x32, 30 iterations": "from scratch, 30 iterations",
    "pretrained on 16x16, 30 iterations": "from scratch, 30 iterations",
    "from scratch, 30 iterations": "",
}
"""Rows that are compared with another row than the first; "" for those that are the measure."""
COLUMNS = ("", "signal", "gradient", "accuracy", "effect", "lint", "monitor", "probe")


def render(results: list[Result]) -> str:
    """Return the page, of the seeds for which all variants of a group are done."""
    results = sorted(complete(results), key=place)
    groups = dict.fromkeys(one.group for one in sorted(results, key=lambda one: one.group[0]))
    parts = [HEAD, "\n".join(summary(results)), "\n".join(versions(results))]
    for group in groups:
        rows = [one for one in results if one.group == group]
        seeds = f"({len({one.seed for one in rows})} seeds)"
        text = f"{TEXTS[group[0]].rstrip()} {seeds}"
        parts.append(f"## {group}\n\n{text}\n\n" + "\n".join(table(rows)))
        if group[0] == "e":
            parts.append("\n".join(averages(rows)))
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"


def versions(results: list[Result]) -> Iterator[str]:
    """Yield which trainings were run by which version of the package."""
    for group in sorted({one.group[0] for one in results}):
        counts = Counter(one.code for one in results if one.group[0] == group)
        parts = [
            f"{count} by version {code}" if code else f"{count} by an earlier one"
            for code, count in sorted(counts.items(), reverse=True)
        ]
        yield f"- Trainings of {group}: {', '.join(parts)}."


def complete(results: list[Result]) -> list[Result]:
    """Return the results of those seeds that every variant of a group has."""
    names = {(one.group, one.name) for one in results}
    wanted = Counter(group for group, _ in names)
    counts = Counter((one.group, one.seed) for one in results)
    return [one for one in results if counts[one.group, one.seed] == wanted[one.group]]


def place(one: Result) -> int:
    """Return where the variant of a result stands."""
    names = [(variant.group, variant.name) for variant in VARIANTS]
    return names.index((one.group, one.name)) if (one.group, one.name) in names else len(names)


def summary(results: list[Result]) -> Iterator[str]:
    """Yield what helped, did nothing and hurt, by the rule of the tables."""
    effects: dict[str, list[str]] = {"helped": [], "none": [], "hurt": []}
    for group in dict.fromkeys(one.group for one in results):
        named = by_name([one for one in results if one.group == group])
        for name, seeds in named.items():
            base = BASES.get(name, next(iter(named)))
            if base and base != name:
                effects[effect(final(seeds), final(named[base]))].append(f"{group[0]}. {name}")
    for what, names in (("Helped", "helped"), ("Did nothing", "none"), ("Hurt", "hurt")):
        yield f"- {what}: {'; '.join(effects[names]) or 'nothing'}."


def by_name(rows: list[Result]) -> dict[str, list[Result]]:
    """Return variant -> its seeds, in the order of the table."""
    names = dict.fromkeys(one.name for one in rows)
    return {name: [one for one in rows if one.name == name] for name in names}


def table(rows: list[Result]) -> Iterator[str]:
    """Yield the lines of a group's table."""
    named = by_name(rows)
    yield f"| {' | '.join(COLUMNS)} |"
    yield "|" + " --- |" * len(COLUMNS)
    first = next(iter(named))
    for name, seeds in named.items():
        base = BASES.get(name, first)
        cells = [
            name,
            "" if seeds[0].signal is None else f"{seeds[0].signal:.2g}",
            f"{mean(one.gradient for one in seeds):.1e}",
            accuracy(final(seeds)),
            effect(final(seeds), final(named[base])) if base and base != name else "",
            " ".join(seeds[0].lint),
            monitored(seeds),
            probed(seeds),
        ]
        yield f"| {' | '.join(cells)} |"


def final(seeds: list[Result]) -> list[float]:
    """Return the last accuracy of each seed."""
    return [one.accuracy[-1][1] for one in seeds]


def accuracy(values: list[float]) -> str:
    """Return mean, lowest and highest."""
    low, high = min(values), max(values)
    return f"{mean(values):.1%} ({100 * low:.0f} to {100 * high:.0f})"


def effect(values: list[float], base: list[float]) -> str:
    """Return what a change did: helped, hurt, or none."""
    difference = mean(values) - mean(base)
    if min(values) > max(base) and difference > CLEAR:
        return "helped"
    if max(values) < min(base) and difference < -CLEAR:
        return "hurt"
    return "none"


def monitored(seeds: list[Result]) -> str:
    """Return each code with its iteration, and in how many seeds it was seen if not in all."""
    counts = Counter(code for one in seeds for code in dict(one.monitor))
    parts = []
    for code, count in sorted(counts.items()):
        iteration = next(dict(one.monitor)[code] for one in seeds if code in dict(one.monitor))
        share = "" if count == len(seeds) else f" ({count} of {len(seeds)})"
        parts.append(f"{code} at {iteration}{share}")
    return ", ".join(parts)


def probed(seeds: list[Result]) -> str:
    """Return the codes of the probe's verdict, "" where it was not asked."""
    codes = next((one.probe for one in seeds if one.probe is not None), None)
    return "" if codes is None else " ".join(codes) or "learns"


def averages(rows: list[Result]) -> Iterator[str]:
    """Yield the table of raw and averaged accuracies at each test."""
    named = by_name(rows)
    tests = [iteration for iteration, _ in next(iter(named.values()))[0].averaged]
    yield "| | " + " | ".join(f"at {iteration}" for iteration in tests) + " |"
    yield "|" + " --- |" * (len(tests) + 1)
    for name, seeds in named.items():
        for kind, pick in (("raw", "accuracy"), ("averaged", "averaged")):
            cells = [
                f"{mean(dict(getattr(one, pick))[iteration] for one in seeds):.1%}"
                for iteration in tests
            ]
            yield f"| {name}, {kind} | {' | '.join(cells)} |"


def draw(results: list[Result], picture: Path) -> None:
    """Draw the mean loss of each variant over the iterations, a pane a group."""
    from matplotlib.figure import Figure

    from caffe2torch.atomic import replacing

    results = sorted(complete(results), key=place)
    groups = sorted({one.group for one in results})
    figure = Figure(figsize=(11, 3.2 * -(-len(groups) // 2)), layout="tight")
    panes: Any = figure.subplots(-(-len(groups) // 2), 2, squeeze=False).ravel()
    for pane, group in zip(panes, groups, strict=False):
        for name, seeds in by_name([one for one in results if one.group == group]).items():
            length = min(len(one.losses) for one in seeds)
            curve = [mean(one.losses[i] for one in seeds) for i in range(length)]
            smooth = [mean(curve[max(0, i - 9) : i + 1]) for i in range(length)]
            pane.plot(smooth, label=name, linewidth=1)
        pane.axhline(2.302585, color="0.7", linewidth=0.8)
        pane.set_ylim(0, 3)
        pane.set_title(group, fontsize=10)
        pane.legend(fontsize=6)
    with replacing(picture) as aside:
        figure.savefig(aside, format="png", dpi=80)
