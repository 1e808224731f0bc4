"""Ctrl-C and hang-ups as requests to the loop."""

from __future__ import annotations

import os
import signal

import pytest

from caffe2torch.train.signals import Signals


def test_effects_of_signals_can_be_changed() -> None:
    with Signals("snapshot", "none") as signals:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGHUP)
        assert [signals.request(), signals.request()] == ["snapshot", ""]


def test_a_terminated_training_stops_unless_others_wait_for_it() -> None:
    with Signals() as signals:
        os.kill(os.getpid(), signal.SIGTERM)
        assert signals.request() == "stop"
    with Signals(alone=False):
        assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_a_second_ctrl_c_ends_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[int] = []
    monkeypatch.setattr(os, "_exit", ended.append)
    with Signals():
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
    assert ended == [1]
