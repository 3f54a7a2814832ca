from __future__ import annotations

import os
import subprocess
import sys

import pytest

from bench.false_stops import Ledger, Reel, poisson


@pytest.mark.parametrize(("events", "low", "high"), [(0, 0.0, 3.689), (1, 0.0253, 5.572), (5, 1.623, 11.668), (20, 12.217, 30.888)])
def test_the_interval_of_a_count_is_the_exact_one(events, low, high):
    assert poisson(events) == pytest.approx((low, high), abs=1e-3)


def test_a_reel_is_always_the_same_and_none_is_like_another():
    draws = [Reel(source, number).chance().random() for source in ("people", "joe-1.0") for number in range(20)]
    assert draws[3] == Reel("people", 3).chance().random()
    assert len(set(draws)) == len(draws)


def test_a_reel_is_done_once_and_by_one_process(tmp_path):
    mine, theirs = Ledger(tmp_path), Ledger(tmp_path)
    reel = Reel("people", 1)
    assert mine.claim(reel)
    assert not theirs.claim(reel)
    assert theirs.claim(Reel("people", 2))
    mine.keep(reel, {"seconds": 120})
    assert not theirs.claim(reel)
    assert mine.records() == [{"seconds": 120}]


def test_a_reel_that_a_dead_process_left_is_taken_up(tmp_path):
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    (tmp_path / f"{Reel('people', 1).name}.claim").write_text(str(child.pid), encoding="ascii")
    assert Ledger(tmp_path).claim(Reel("people", 1))
    assert (tmp_path / f"{Reel('people', 1).name}.claim").read_text(encoding="ascii") == str(os.getpid())
