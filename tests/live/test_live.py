"""`voicecoach run` as a user starts it, on a private sound server with a virtual microphone and a virtual speaker.

`make test-room` runs this file and its neighbours `test_live_*.py` alone.
"""

from __future__ import annotations

import signal

import numpy as np
import pytest
from live_session import PATIENCE, live_session
from virtual_room import missing


@pytest.fixture
def session(tmp_path):
    if reason := missing():
        pytest.skip(reason)
    with live_session(tmp_path) as running:
        yield running


def test_real_people_answer_and_stop_over_the_coach(session, speech):
    session.until("Starting a live session")
    session.until("any numbness around")
    session.until_quiet()
    session.say(sorted((speech / "words/no").glob("*.flac"))[10])
    session.until("heard clearly: no")
    session.until("passing water")
    session.say(sorted((speech / "words/stop").glob("*.flac"))[20])
    session.until("(stop, moonshine)")
    session.until("Nobody pushes now")
    assert np.abs(session.room.heard()).max() < 0.99, "the coach does not clip"
    session.program.send_signal(signal.SIGINT)
    session.until("(stop, keyboard)")
    session.program.send_signal(signal.SIGINT)
    assert session.program.wait(PATIENCE) == 130
