"""Fuzz a reader: python -m tools.fuzz READER --minutes N [--seed S] [--out FOLDER].

Inputs are mutations of tests/fuzz/corpus. Where atheris is installed, it chooses the mutations by
what they reach; else hypothesis draws them in batches, or, with --fast, a plain generator. Each
kind of fault (an exception that is no message, more than ten seconds) is kept once, with its first
input.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from caffe2torch.errors import C2TError
from tools.fuzzing.readers import READERS, Reader

CORPUS = Path(__file__).parents[1] / "tests" / "fuzz" / "corpus"
LONGEST = 10
"""Seconds of a processor that one input may take."""
WAIT = 30
"""How many times that may pass while it waits, or the machine does other things."""


class TooSlow(BaseException):
    """The reader took too long."""


@dataclass
class Campaign:
    """A fuzzing run of one reader.

    executions, refused: inputs that were read, and those of them that ended in a message
    faults: kind of fault -> how often; inputs: its first input
    """

    reader: Reader
    folder: Path
    seeds: list[bytes]
    executions: int = 0
    refused: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    inputs: dict[str, bytes] = field(default_factory=dict)

    @classmethod
    def of(cls, name: str, folder: Path) -> Campaign:
        """The campaign of a reader, with the inputs of its corpus."""
        reader = READERS[name]
        seeds = [p.read_bytes() for p in sorted((CORPUS / reader.corpus).iterdir()) if p.is_file()]
        return cls(reader, folder, seeds)

    def run_seed(self, seed: int) -> None:
        """Read a mutation of one input of the corpus, or now and then of an input that was new."""
        chance = random.Random(seed)
        self.run(self.reader.mutator(chance.choice(self.seeds), chance, self.seeds))

    def run(self, data: bytes) -> None:
        """Read one input, and note how that ends."""
        self.executions += 1
        _watch(LONGEST)
        try:
            self.reader.read(data, self.folder)
        except (C2TError, OSError):
            self.refused += 1
        except (Exception, TooSlow) as error:
            _watch(0)
            self._note(error, data)
        finally:
            _watch(0)

    def _note(self, error: BaseException, data: bytes) -> None:
        frames = traceback.extract_tb(error.__traceback__)
        ours = [
            f for f in frames if "caffe2torch" in f.filename and "site-packages" not in f.filename
        ]
        place = f"{Path(ours[-1].filename).name}:{ours[-1].name}" if ours else "?"
        kind = f"{type(error).__name__} in {place}"
        self.faults[kind] += 1
        self.inputs.setdefault(kind, data)

    def report(self) -> str:
        """One line, and one for each kind of fault."""
        lines = [f"{self.reader.name}: {self.executions:,} executions, {self.refused:,} refused, "
                 f"{len(self.faults)} kinds of fault"]  # fmt: skip
        return "\n".join(lines + [f"  {n} x {kind}" for kind, n in self.faults.most_common()])

    def save(self, out: Path) -> None:
        """Write the first input of each kind of fault into a folder."""
        out.mkdir(parents=True, exist_ok=True)
        for number, (kind, data) in enumerate(self.inputs.items()):
            (out / f"{self.reader.name}-{number}").write_bytes(data)
            (out / f"{self.reader.name}-{number}.txt").write_text(f"{kind}\n")


def _watch(seconds: float) -> None:
    """Let TooSlow be raised after so many seconds of a processor; 0 for never.

    Without the handlers of `fuzz` the signals would end the process, so nothing is watched then.
    """
    if any(signal.getsignal(number) is not _late for number in (signal.SIGALRM, signal.SIGPROF)):
        return
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.setitimer(signal.ITIMER_REAL, WAIT * seconds)


def _late(_number: int, _frame: FrameType | None) -> None:
    raise TooSlow


def fast(campaign: Campaign, until: float, seed: int, most: int) -> None:
    """Read mutations by rising seeds."""
    while time.monotonic() < until and campaign.executions < most:
        campaign.run_seed(seed + campaign.executions)


def hypothesised(campaign: Campaign, until: float, most: int) -> None:
    """Read mutations that hypothesis draws, in batches, for it remembers all of one."""
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import strategies as st

    @settings(
        max_examples=min(2000, most), deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(st.integers(0, 2**64 - 1))
    def batch(seed: int) -> None:
        if time.monotonic() < until and campaign.executions < most:
            campaign.run_seed(seed)

    while time.monotonic() < until and campaign.executions < most:
        batch()


def guided(campaign: Campaign, minutes: float) -> None:
    """Let atheris choose the mutations, as bytes that seed ours."""
    import atheris  # type: ignore[import-not-found, unused-ignore]

    def one(data: bytes) -> None:
        campaign.run_seed(int.from_bytes(data[:8], "little"))

    atheris.instrument_all()
    atheris.Setup([sys.argv[0], f"-max_total_time={int(60 * minutes)}"], one)
    atheris.Fuzz()


def fuzz(name: str, minutes: float, seed: int, most: int, engine: str) -> Campaign:
    """Fuzz one reader for some minutes, or until it has read `most` inputs."""
    before = {number: signal.signal(number, _late) for number in (signal.SIGALRM, signal.SIGPROF)}
    until = time.monotonic() + 60 * minutes
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None  # files need no disk
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        campaign = Campaign.of(name, Path(folder))
        for data in campaign.seeds:
            campaign.run(data)
        if engine == "atheris":
            guided(campaign, minutes)
        elif engine == "hypothesis":
            hypothesised(campaign, until, most)
        else:
            fast(campaign, until, seed, most)
    for number, handler in before.items():
        signal.signal(number, handler)
    return campaign


def _engine(wanted: bool) -> str:
    if wanted:
        return "fast"
    try:
        import atheris  # type: ignore[import-not-found, unused-ignore]  # noqa: F401
    except ImportError:
        return "hypothesis"
    return "atheris"


def main() -> int:
    """Fuzz as the command line says; 1 if there is a fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("reader", choices=[*READERS, "all"])
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--executions", type=int, default=1 << 60, help="end after so many")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--fast", action="store_true", help="seeds in a row, without hypothesis")
    parser.add_argument("--out", type=Path, help="where inputs go that show a fault")
    args = parser.parse_args()
    names = list(READERS) if args.reader == "all" else [args.reader]
    failed = False
    for name in names:
        minutes = args.minutes / len(names)
        campaign = fuzz(name, minutes, args.seed, args.executions, _engine(args.fast))
        print(campaign.report(), flush=True)
        failed = failed or bool(campaign.faults)
        if args.out and campaign.faults:
            campaign.save(args.out)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
