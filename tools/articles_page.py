"""docs/articles.md: five stories of nets that do not learn, with the numbers of the evidence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import mean
from typing import TYPE_CHECKING

from tools.evidence_page import BASES, complete, effect, final, monitored, probed
from tools.story import VARIANTS

if TYPE_CHECKING:
    from tools.evidence import Result

EFFECTS = {"helped": "helped", "none": "did nothing", "hurt": "hurt", "": "is the measure"}


def percent(share: float, digits: int) -> str:
    """Return a share in per cent."""
    return f"{100 * share:.{digits}f} %"


def listed(scores: Iterable[tuple[int, float]]) -> str:
    """Return the accuracies of a training's tests."""
    return ", ".join(percent(value, 1) for _, value in scores)


@dataclass(frozen=True)
class Shown:
    """What a variant showed, as words of a page.

    seeds: its trainings; base: those that it is compared with, none for one that is the measure
    """

    name: str
    seeds: list[Result]
    base: list[Result]

    @property
    def accuracy(self) -> str:
        return percent(mean(final(self.seeds)), 0)

    @property
    def gradient(self) -> str:
        return f"{mean(one.gradient for one in self.seeds):.1e}"

    @property
    def signal(self) -> str:
        signal = self.seeds[0].signal
        return "unknown" if signal is None else f"{signal:.2g}"

    @property
    def effect(self) -> str:
        kind = effect(final(self.seeds), final(self.base)) if self.base else ""
        return EFFECTS[kind]

    @property
    def lint(self) -> str:
        return " ".join(self.seeds[0].lint) or "nothing"

    @property
    def monitor(self) -> str:
        return monitored(self.seeds) or "nothing"

    @property
    def probe(self) -> str:
        return probed(self.seeds) or "was not asked"

    @property
    def tests(self) -> str:
        """The accuracies of the first seed's tests."""
        return listed(self.seeds[0].accuracy)

    @property
    def averages(self) -> str:
        """The same of the averaged weights."""
        return listed(self.seeds[0].averaged)

    @property
    def row(self) -> str:
        cells = (self.name, self.signal, self.gradient, self.accuracy, self.effect,
                 self.lint, self.monitor, self.probe)  # fmt: skip
        return f"| {' | '.join(cells)} |"


def shown(results: list[Result]) -> dict[str, Shown]:
    """Return each variant by its label, a1 and so on."""
    results = complete(results)
    named: dict[str, Shown] = {}
    for letter in sorted({variant.group[0] for variant in VARIANTS}):
        names = [variant.name for variant in VARIANTS if variant.group[0] == letter]
        mine = {n: [r for r in results if r.group[0] == letter and r.name == n] for n in names}
        for i, name in enumerate(names, 1):
            base = BASES.get(name, names[0])
            against = mine[base] if base not in ("", name) else []
            named[f"{letter}{i}"] = Shown(name, mine[name], against)
    return named


def render(results: list[Result]) -> str:
    """Return the page."""
    return PAGE.format(**shown(results), head=HEAD)


HEAD = """| | signal | gradient | accuracy | against the first | lint | monitor | probe |
| --- | --- | --- | --- | --- | --- | --- | --- |"""

PAGE = """# Five stories of nets that do not learn

Five articles by people who trained nets in Caffe, told again in small: what they saw, what was
advised, and what each piece of advice did when it was tried. The nets are narrow VGG-16 on
digits of 32x32 pixels, and all numbers of this page come from the trainings of
[the evidence](evidence.md), which says how they were made and where small nets mislead:

```text
python tools/evidence.py articles docs/evidence.json docs/articles.md
```

The configs can be written and tried. Lint needs no training, a training about a quarter of a
minute on a processor, a probe up to a minute:

```console
$ python -m tools.evidence config a1 b1 c2 f2 e2
c2t train stories/a1/solver.prototxt
c2t train stories/b1/solver.prototxt
c2t train stories/c2/solver.prototxt
c2t train stories/f2/solver.prototxt
c2t train stories/e2/solver.prototxt --ema 0.999 --no-ema-warmup
```

In the tables, **signal** is the spread of the logits that comes from the input, as `c2t lint`
predicts it; **gradient** its root mean square in the first layer at iteration 0; **accuracy** a
mean over the seeds; codes stand with the iteration at which they were seen, and with a question
mark where lint warns only. Exit code 0 of `c2t lint` says that it found nothing as grave as that.

## 1. The loss stays at ln C

Pixels are divided by 256, xavier fills the weights, and the loss stays at 2.303 = ln 10, what a
guess among ten classes costs.

```console
$ c2t lint stories/a1/solver.prototxt --brief; echo "exit $?"
stories/a1/net.prototxt:9:5: error C2T201: the input moves the logits by a std of only 0.001
...
fix first: C2T201 at stories/a1/net.prototxt:9
exit 1
```

{head}
{a1.row}
{a2.row}
{a3.row}
{a4.row}
{a5.row}
{a6.row}
{a7.row}
{a8.row}

The first-layer gradient of {a1.gradient} is the whole story: with xavier each ReLU takes half of
the signal, and a small scale leaves nothing to take from. The popular remedies:

- Multiplying base_lr by 255 because the pixels were divided by it ({a6.effect}: {a6.accuracy}).
  The last layers are not that small, and blow up before the first ones move; the monitor says
  {a6.monitor}.
- Dividing the mean, too ({a7.effect}: {a7.accuracy}), or a `std` beside xavier, which Caffe does
  not read ({a8.effect}: {a8.accuracy}).
- msra fillers at the rate as it was: {a2.accuracy} ({a2.effect}). The cause is gone, and the rate
  is now too high for a net whose signal lives. With base_lr 0.02: {a3.accuracy} ({a3.effect}).
- Pixels without a scale and a lower rate: {a4.accuracy} ({a4.effect}). BatchNorm, at the rate as
  it was: {a5.accuracy} ({a5.effect}).

```text
c2t probe stories/a1/solver.prototxt
c2t lint --fix --unsafe-fixes stories/a1/solver.prototxt
c2t train stories/a1/solver.prototxt
```

## 2. The constants of other data

An article's table has 22.1 % with ImageNet's mean and deviation on small images, 82.3 % with the
data's own, 91.4 % with BatchNorm, and gradients of 1e-6, 0.1 to 0.3 and 0.5 to 1.2.

```console
$ c2t lint stories/b1/solver.prototxt --brief; echo "exit $?"
...
exit 0
```

{head}
{b1.row}
{b2.row}
{b3.row}
{b4.row}

Here foreign constants give {b1.accuracy} and the digits' own {b2.accuracy} ({b2.effect}), with
gradients of {b1.gradient} and {b2.gradient}: constants that are off by a factor of less than two
do not take gradients down to 1e-6. Where a net stands at 22 % with such gradients, the constants
are not what is wrong first; look for a signal that dies, as in the first story. BatchNorm makes
the constants all but meaningless: {b4.accuracy}.

```text
c2t stats stories/b1/digits_train_lmdb
c2t train stories/b1/solver.prototxt
```

## 3. A rescaling layer that nothing reads

The net has a layer that rescales pixels, but the first convolution reads the raw ones: a name of a
blob was left as it was.

```console
$ c2t lint stories/c2/solver.prototxt --brief; echo "exit $?"
stories/c2/net.prototxt:9:45: error C2T402: layer "conv1_1" reads the raw "data", not the prepared
    "rescaled"
stories/c2/net.prototxt:77:1: warning C2T301: the first update moves layer "fc8" by 18 times its
    weights
stories/c2/net.prototxt:80:1: warning C2T210: the loss starts at about 73; guessing gives 2.30
...
fix first: C2T402 at stories/c2/net.prototxt:9
exit 1
```

{head}
{c1.row}
{c2.row}

Lint sees it in the text (C2T402), before anything is trained. In the run the signal is
{c2.signal} in place of {c1.signal}, and the monitor says {c2.monitor}. No other rate or filler is
wanted: one word in the net file is the whole repair.

```text
c2t probe stories/c2/solver.prototxt
c2t train stories/c2/solver.prototxt
```

## 4. The accuracy is frozen at one value

Test after test gives the same accuracy, that of always answering one class. Three different
things look like that:

- **Nothing is learned**: the first story as written. The tests of a run there give {a1.tests}.
- **The rate has killed the net**: with msra at the old rate they give {a2.tests}; the monitor
  says {a2.monitor}.
- **What is frozen is the average, not the training**: with a moving average of decay 0.999 and no
  warm-up the averaged weights give {e2.averages} while the weights themselves give {e2.tests}
  (C2T610). With warm-up the averaged ones give {e1.averages}.

```console
$ c2t lint stories/e2/solver.prototxt --brief; echo "exit $?"
...
exit 0
```

Lint has nothing to say of the last: an average is an option of the training, not a fault of the
config.

```text
c2t train stories/e2/solver.prototxt --ema 0.999 --no-ema-warmup
c2t train stories/e2/solver.prototxt --ema 0.999
```

## 5. A recipe from elsewhere

MobileNetV4 was trained with the recipe of a large run: a rate of 0.6, strong augmentation and
dropout, an average of the weights, and weights pretrained on another size of images.

```console
$ c2t lint stories/f2/solver.prototxt --brief; echo "exit $?"
...
exit 0
```

{head}
{f1.row}
{f2.row}
{f3.row}
{f4.row}
{f5.row}
{f6.row}
{f7.row}
{f8.row}
{d1.row}
{d2.row}
{d3.row}

- A rate of 0.6 {f2.effect} ({f2.accuracy} against {f1.accuracy} at 0.1). Warming it up over 40
  iterations does not make it right: {f3.accuracy} ({f3.effect}).
- Of the rate of 0.6 lint said {f2.lint}, the monitor {f2.monitor}, and the probe {f2.probe}. Their
  checks ask whether the training loss leaves that of a guess, and it does; how badly such a net
  answers shows in its tests alone.
- Dropout of 0.9 {f5.effect}: {f5.accuracy} against {f4.accuracy} with 0.5.
- Aggressive augmentation {d3.effect} in a short run ({d3.accuracy} against {d1.accuracy}); gentle
  augmentation {d2.effect} ({d2.accuracy}). Such runs want many more iterations, which are not
  tried here.
- Pretrained weights help even if they come from another size: {f7.accuracy} from 16x16,
  {f6.accuracy} from 32x32, {f8.accuracy} from scratch, all after 30 iterations.

```text
c2t lr-find stories/f2/solver.prototxt
c2t train stories/f2/solver.prototxt --warmup-iters 40
```
"""
