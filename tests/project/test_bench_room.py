"""The room's and the soak's arithmetic, on made-up figures; the measurements themselves are `make bench-room` and `make soak`."""

from __future__ import annotations

import numpy as np
import pytest

from bench import soak as soaking
from bench.room import Trial, find, section
from bench.soak import Figures
from voicecoach.audio import RATE


class Tape:
    """A recording that begins at 100 s on the machine's clock."""

    begin = 100.0

    def __init__(self, samples):
        self.samples = lambda: samples


def test_a_sound_is_found_where_it_is_to_the_sample_and_not_where_it_is_not():
    chance = np.random.default_rng(0)
    word = chance.standard_normal(4000).astype(np.float32)
    tape = chance.standard_normal(5 * RATE).astype(np.float32) * 0.1
    tape[2 * RATE: 2 * RATE + 4000] += word
    assert find(word, Tape(tape), 101.5, 1.0) == pytest.approx(102.0, abs=1e-4)
    assert find(word, Tape(tape), 103.0, 1.0) is None
    assert find(word, Tape(tape), 200.0, 1.0) is None


def test_the_table_counts_what_was_missed_and_splits_the_way():
    trials = [Trial(over=True, spoken=10.0, heard=10.1, started=10.2, sounded=10.25), Trial(over=False, spoken=20.0, heard=20.2, started=20.3, sounded=20.35),
              Trial(over=False, spoken=30.0, heard=None)]
    text = "\n".join(section(trials))
    assert "Heard: 2/3" in text
    assert "| **word end in the microphone to first sound of the release line** | 0.35 / 0.6 | 0.300 | 0.345 | 0.350 | 2 |" in text


def notes(*rows):
    return [{"now": now, "heard": heard, "overflows": overflows, "underflows": 0, "dropped": 0} for now, heard, overflows in rows]


def soak(**changes):
    figures = Figures(seconds=600.0, took=600.0, memory=[(float(at), 200.0) for at in range(0, 600, 5)], sound=notes(*((60.0 * n, 60.0 * n, 0) for n in range(11))))
    for name, value in changes.items():
        setattr(figures, name, value)
    return figures


def test_a_good_run_has_no_fault():
    assert soak().faults == []


@pytest.mark.parametrize(("changes", "fault"), [
    ({"memory": [(float(at), 200.0 + at / 10) for at in range(0, 600, 5)]}, "memory grew"),
    ({"sound": notes(*((60.0 * n, 59.9 * n, 0) for n in range(11)))}, "a drift of"),
    ({"sound": notes((0, 0, 0), (60, 60, 0), (120, 119, 0), (180, 179, 0))}, "no line of the journal says so"),
    ({"missing": 1.0}, "never reached the ear"),
])
def test_each_broken_promise_is_a_fault(changes, fault):
    assert any(fault in found for found in soak(**changes).faults)


def test_memory_may_grow_while_it_warms_up_and_a_gap_that_is_reported_is_none():
    assert soak(memory=[(float(at), 100.0 if at < 60 else 200.0) for at in range(0, 600, 5)]).faults == []
    assert soak(sound=notes((0, 0, 0), (60, 60, 0), (120, 119, 1), (180, 179, 0))).unreported == 0.0


def test_a_run_of_the_soak_that_is_kept_comes_back_as_it_was(tmp_path):
    file, runs = tmp_path / "soak.json", {"simulated": soak(stops=(39, 40), losses=["no sound for 1.2 s"]), "real": soak()}
    assert soaking.load(file) == {}
    soaking.save(file, runs)
    again = "\n".join(soaking.section(soaking.load(file)))
    assert again == "\n".join(soaking.section(runs))
    assert "39 / 40" in again
