"""Memory that was given back stays with the process: what glibc itself says of its heap."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.conftest import ROOT

PROGRAM = """
import ctypes, sys
from caffe2torch.module.heap import keep_memory
libc = ctypes.CDLL(None)
if not hasattr(libc, "mallinfo2") or sys.argv[1] == "kept" and not keep_memory():
    print("none")
    sys.exit()
class Info(ctypes.Structure):
    _fields_ = [(str(i), ctypes.c_size_t) for i in range(10)]  # the first is the heap's size
libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
libc.free.argtypes, libc.mallinfo2.restype = [ctypes.c_void_p], Info
for _ in range(3):
    blocks = [libc.malloc(20 << 20) for _ in range(5)]
    for block in blocks:
        libc.free(block)
print(getattr(libc.mallinfo2(), "0") >> 20)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's allocator")
def test_a_heap_keeps_what_a_pass_gave_back() -> None:
    sizes = {}
    for how in ("kept", "plain"):
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, how], capture_output=True, text=True, cwd=ROOT
        )
        assert done.returncode == 0, done.stderr
        if done.stdout.strip() == "none":
            pytest.skip("not glibc")
        sizes[how] = int(done.stdout)
    assert sizes["kept"] >= 100 > sizes["plain"]  # of 5 times 20 MB
