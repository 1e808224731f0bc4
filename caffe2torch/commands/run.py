"""Run a program of Caffe's or OpenCV's Python API without Caffe."""

from __future__ import annotations

import click

from caffe2torch.commands._kinds import a_program

GROUP = "train"
EXAMPLE = "c2t run classify.py photo.png"
PROGRAM = click.Path(exists=True, dir_okay=False, allow_dash=True)


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.option("--py2", is_flag=True, help="The program is Python 2: rewrite it in memory first.")
@click.argument("script", type=PROGRAM, callback=a_program)
@click.argument("args", nargs=-1, type=click.UNPROCESSED)
def command(py2: bool, script: str, args: tuple[str, ...]) -> int:
    """Run SCRIPT with its ARGS; `import caffe` gives it caffe2torch's own pycaffe.

    Where OpenCV has no `cv2.dnn.readNetFromCaffe` any more, it gets one (docs/opencv5.md).

    The program is yours and runs with your rights, and so do the Python layers of its nets.
    """
    from caffe2torch.pycaffe.program import run_program

    return run_program(script, args, py2)
