"""Listens to a run, and says what goes wrong in it while it happens."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from torch import Tensor

from caffe2torch import caffe_pb2 as pb
from caffe2torch.health import detectors
from caffe2torch.health.events import Events
from caffe2torch.health.history import History
from caffe2torch.health.inputs import channels, save_grid
from caffe2torch.health.measuring import Changes, classes, gradient_sizes, judged, norms
from caffe2torch.health.observation import Observation
from caffe2torch.health.reading import Reader, Reading
from caffe2torch.health.tracing import activations, first_gradient, first_nonfinite
from caffe2torch.train.held import Held
from caffe2torch.train.run_folder import INPUTS
from caffe2torch.train.state import RunState
from caffe2torch.train.watch import ScoreRecord, StepRecord, Watcher

EVERY = {"light": 100, "full": 10}
"""Iterations between two measurements; the first ones come at 0, 1, 2, 4, 8, ... ."""
OFTEN = 10
"""Iterations between two looks at the losses."""
REFUTED, ENOUGH = 0.7, 20
"""A prediction was wrong where the mean of the newest losses is below this share of a guess."""


@dataclass(frozen=True)
class Prediction:
    """What the lint said before the run.

    text:   code and message
    remedy: what would cure it
    """

    text: str
    remedy: str


class Monitor(Watcher):
    """Asks every detector about the run on a schedule; tells each finding once.

    level:   "light" costs less than a hundredth of the time, "full" measures ten times as often
    folder:  gives the folder of events.jsonl for a solver, None for nowhere
    stop_on: codes, such as "C2T606", that end the run
    expects: code -> what the lint has predicted, for what it should look like in the run
    lag:     iterations that a loss may be on its way; None for 1 on a GPU, 0 elsewhere

    A fatal finding ends the run. One that the lint predicted does so, too: two independent pieces
    of evidence. `failed` says that the run cannot have learned.

    An update with gradients that are no numbers is not done. On a GPU, where that is known an
    iteration later, the run goes back to the last measurement whose loss was finite.
    """

    def __init__(
        self,
        echo: Callable[[str], None],
        level: str = "light",
        folder: Callable[[pb.SolverParameter], Path] | None = None,
        stop_on: Iterable[str] = (),
        expects: Mapping[str, Prediction] | None = None,
        lag: int | None = None,
    ) -> None:
        self.echo, self.level, self.folder_of, self.lag = echo, level, folder, lag
        self.stop_on, self.expects = frozenset(stop_on), dict(expects or {})
        self.history = History()
        self.observations: list[Observation] = []
        self.failed = False
        self._asked = ""
        self._changes = Changes()
        self._held: list[Held] = []
        self._statistics: list[Tensor] = []
        self._state: RunState

    def on_start(self, state: RunState) -> None:
        self._state = state
        self.history.first = state.iter
        self.history.classes = classes(state)
        self.history.images = state.train.images * state.param.iter_size
        self._buffers = [value for value in state.net.buffers() if value.is_floating_point()]
        self._params = [p for group in state.optimizer.param_groups for p in group["params"]]
        cuda = state.options.device.type == "cuda"
        self._reader = Reader(int(cuda) if self.lag is None else self.lag)
        self._events = Events(self.folder_of(state.param) if self.folder_of else None)
        self._events.begin(state.iter)

    def on_begin(self, iteration: int) -> None:
        """Keep the statistics that a forward changes: a bad one would spoil them for good."""
        self._statistics = [value.clone() for value in self._buffers]

    def on_gradients(self, record: StepRecord) -> None:
        state = self._state
        scaled = state.scaler.is_enabled()  # gradients that overflow are its own affair
        gradients = [] if scaled else gradient_sizes(self._params)
        due = self._due(record.iter)
        if due and self._reader.lag:
            self._held.append(Held(state))
        for reading in self._reader.read(record.iter, record.loss, gradients):
            self._take_in(reading)
        if not self.failed and due:
            self._measure(record.iter)

    def _take_in(self, reading: Reading) -> None:
        """Note a loss, and look at the run now and then."""
        history = self.history
        history.losses.append(reading.loss)
        if not (math.isfinite(reading.loss) and math.isfinite(reading.gradient)):
            self._fail(reading)
            return
        while len(self._held) > 1 and self._held[1].iter <= reading.iter:
            self._held.pop(0)
        if len(history.losses) % OFTEN == 0:
            self._tell(detectors.observe(history))
            self._refute(reading.iter)

    def _measure(self, iteration: int) -> None:
        """Measure gradients, weights, and now and then activations and inputs."""
        if iteration == self.history.first:
            self.history.inputs = channels(self._state.train)
            folder = self._events.path.parent if self._events.path else None
            if self.level == "full" and folder and folder.is_dir():
                save_grid(self._state.train, folder / INPUTS)
        self.history.norms[iteration] = list(norms(self._state))
        self._changes.begin(self._state)
        self._look(iteration)
        if not self._changes.before:
            self._measured(iteration)

    def _measured(self, iteration: int) -> None:
        self._events.measurement(self.history, iteration)
        failed = self.failed
        self._tell(detectors.observe(self.history))
        if self.failed and not failed:
            self._go_back(iteration)

    def on_step(self, record: StepRecord) -> None:
        if self._changes.before:
            measured = self.history.norms[record.iter]
            self.history.norms[record.iter] = self._changes.end(self._state, measured)
            self._measured(record.iter)

    def on_test(self, record: ScoreRecord) -> None:
        kept = self.history.averaged if record.averaged else self.history.scores
        for name, value in judged(self._state.tests[record.net], record.scores):
            kept.setdefault((record.net, name), []).append((record.iter, value))
        if not record.averaged and any(score.weight for score in record.scores):
            loss = sum(score.weight * score.value for score in record.scores)
            self.history.test_losses.setdefault(record.net, []).append((record.iter, loss))
        self._tell(detectors.observe(self.history))

    def on_end(self) -> None:
        """Look at the losses that were still on their way."""
        for reading in () if self.failed else self._reader.rest():
            self._take_in(reading)

    def halts(self) -> bool:
        """Whether the update that comes next would spoil the weights."""
        return self.failed

    def request(self) -> str:
        """Return "stop" once, when the run cannot go on."""
        asked, self._asked = self._asked, ""
        return asked

    def _due(self, iteration: int) -> bool:
        """Whether something is measured now."""
        done = iteration - self.history.first
        early = done & (done - 1) == 0 and done < EVERY[self.level]
        return early or done % EVERY[self.level] == 0

    def _look(self, iteration: int) -> None:
        """Measure activations, which costs a forward: seldom, unless all is to be seen."""
        done = iteration - self.history.first
        if self.level == "full" or done in (0, 100) or done % 1000 == 0:
            self.history.activations[iteration] = activations(self._state.train)

    def _fail(self, reading: Reading) -> None:
        """A loss or a gradient is no number: name the layer that made it, keep the last good state.

        Where the update was done meanwhile, the run goes back.
        """
        forward = not math.isfinite(reading.loss)
        if not forward:
            self.history.bad_gradient = reading.gradient
        where = ""
        if not self._reader.lag:
            where = (first_nonfinite if forward else first_gradient)(self._state.train)
        for seen in list(detectors.observe(self.history)):
            traced = seen
            if seen.fatal and where:
                traced = replace(seen, layer=where, evidence=f"{seen.evidence}; first made here")
            self._tell([traced])
        for value, before in zip(self._buffers, self._statistics, strict=True):
            value.copy_(before)
        self._go_back(reading.iter)

    def _go_back(self, iteration: int) -> None:
        """Put the last good state back, where updates may have been done since."""
        if self._held and self._held[0].iter <= iteration:
            self._held[0].put_back(self._state)
            self._say(f"  back to iteration {self._state.iter}, the last that was looked at")

    def _say(self, text: str) -> None:
        """Show lines to the user, and keep them in the log as warnings."""
        self.echo(text)
        for line in text.split("\n"):
            self._state.log("caffe2torch:0", line.strip(), "W")

    def _tell(self, observations: Iterable[Observation]) -> None:
        known = {(seen.code, seen.layer) for seen in self.observations}
        for seen in observations:
            if (seen.code, seen.layer) in known:
                continue
            known.add((seen.code, seen.layer))
            self.observations.append(seen)
            self._say(seen.text)
            self._events.finding(seen)
            self._judge(seen)

    def _judge(self, seen: Observation) -> None:
        """End the run where it cannot learn any more."""
        prediction = self.expects.get(seen.code)
        if prediction:
            self._say(f"  predicted: {prediction.text}\n  observed: {seen.evidence}")
            self._say(f"  fix: {prediction.remedy}")
            self._events.write(
                "confirmed",
                seen.iteration,
                prediction=prediction.text,
                observation=f"{seen.code} {seen.evidence}",
                fix=prediction.remedy,
            )
        if seen.fatal or prediction or seen.code in self.stop_on:
            self.failed = self.failed or seen.fatal
            self._asked = "stop"

    def _refute(self, iteration: int) -> None:
        """Say once what was predicted and did not come."""
        recent, chance = self.history.recent(ENOUGH), self.history.chance
        if not self.expects or not chance or not recent:
            return
        mean = sum(recent) / ENOUGH
        if mean >= REFUTED * chance:
            return
        for text in dict.fromkeys(prediction.text for prediction in self.expects.values()):
            self._say(
                f"iteration {iteration}: it learns all the same (loss {mean:.4g}, a guess costs "
                f"{chance:.4g}),\n  other than predicted: {text}"
            )
            self._events.write("refuted", iteration, prediction=text, loss=mean)
        self.expects = {}
