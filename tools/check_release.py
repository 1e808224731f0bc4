"""Build the wheel and the sdist, install the wheel where nothing else is, and use it.

    python tools/check_release.py [--linked] [--pip-args "--extra-index-url ..."]

Needs the packages setuptools, wheel and pip, and for an empty environment a download of all
dependencies. --linked takes those of the running Python in their place: a minute, for a trial.
Exits 1 if the wheel has 3 MB or more, lacks a file, or a command of the smoke test fails.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import sysconfig
import tempfile
import venv
import zipfile
from importlib.util import find_spec
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parent.parent
LARGEST = 3_000_000
"""Bytes that a wheel may have."""
SMOKE = (
    "c2t --version",
    "c2t",
    "c2t --help",
    "c2t completion bash",
    "c2t quickstart demo",
    "c2t lint demo/solver.prototxt",
    "c2t inspect demo/train_val.prototxt",
    "c2t draw demo/train_val.prototxt -o net.svg",
    "c2t convert demo/deploy.prototxt -o net.py",
)


def build(folder: Path) -> tuple[Path, Path]:
    """Build from a copy of what git tracks; the paths of the wheel and of the sdist."""
    source = folder / "source"
    source.mkdir()
    tracked = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, capture_output=True, check=True)
    subprocess.run(["tar", "x"], cwd=source, input=tracked.stdout, check=True)
    script = "from setuptools.build_meta import *; import sys; "
    for call in ("build_sdist", "build_wheel"):
        line = f"{script}{call}({str(folder)!r})"
        subprocess.run([sys.executable, "-c", line], cwd=source, check=True, capture_output=True)
    return next(folder.glob("*.whl")), next(folder.glob("*.tar.gz"))


def missing(wheel: Path) -> list[str]:
    """Tracked files of the package that the wheel lacks."""
    listed = subprocess.run(
        ["git", "ls-files", "caffe2torch"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    held = set(zipfile.ZipFile(wheel).namelist())
    return [name for name in listed.stdout.splitlines() if name not in held]


def install(wheel: Path, folder: Path, linked: bool, pip_args: str) -> Path:
    """Install the wheel into a new environment; the folder of its programs."""
    environment = folder / "environment"
    venv.create(environment, with_pip=True)
    python = environment / "bin" / "python"
    command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheel]
    if linked:
        packages = next((environment / "lib").glob("python*")) / "site-packages"
        (packages / "linked.pth").write_text(sysconfig.get_path("purelib") + "\n")
        command.append("--no-deps")
    else:
        command += ["-c", ROOT / "constraints.txt", *shlex.split(pip_args)]
    subprocess.run(command, check=True)
    return environment / "bin"


def checked(paths: list[Path]) -> list[str]:
    """What twine says against the files, where twine is installed."""
    if find_spec("twine") is None:
        click.echo("twine is not installed: how a package index shows the files is not checked")
        return []
    command = [sys.executable, "-m", "twine", "check", "--strict", *map(str, paths)]
    run = subprocess.run(command, capture_output=True, text=True)
    click.echo(run.stdout.rstrip())
    return ["twine check --strict"] if run.returncode else []


def use(programs: Path, folder: Path) -> list[str]:
    """Run the smoke test far from the source tree; the commands that failed."""
    empty = folder / "empty"
    empty.mkdir()
    environment = {"PATH": f"{programs}{os.pathsep}{os.defpath}", "HOME": str(empty)}
    failed = []
    for line in SMOKE:
        run = subprocess.run(
            shlex.split(line), cwd=empty, env=environment, capture_output=True, text=True
        )
        click.echo(f"{'ok' if run.returncode == 0 else 'FAILED':7}{line}")
        if run.returncode:
            click.echo(run.stdout + run.stderr)
            failed.append(line)
    return failed


@click.command()
@click.option("--linked", is_flag=True, help="Take the dependencies of the running Python.")
@click.option("--pip-args", default="", help="More options for pip install.")
def main(linked: bool, pip_args: str) -> None:
    """Build, install and use the package as a stranger gets it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        wheel, sdist = build(folder)
        for path in (wheel, sdist):
            click.echo(f"{path.name}: {path.stat().st_size:,} bytes")
        faults = [f"not in the wheel: {path}" for path in missing(wheel)]
        if wheel.stat().st_size >= LARGEST:
            faults.append(f"the wheel has {LARGEST:,} bytes or more")
        faults += checked([wheel, sdist])
        faults += use(install(wheel, folder, linked, pip_args), folder)
    for fault in faults:
        click.echo(fault, err=True)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
