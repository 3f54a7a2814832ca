"""The arithmetic of docs/faults.md, on made-up figures, and that the page is made of what was measured; measuring is `make bench-faults`."""

from __future__ import annotations

import pytest

from bench.faults import FAULTS, NOTHING, Place
from bench.faults_page import PAGE, Kept, Record, page, row, worst
from bench.faults_run import rounds
from bench.hogged import Stop, people
from bench.split import Part, part_of

BY_NAME = {fault.name: fault for fault in FAULTS}
KILLED, STANDS, FROZEN, CLOCK = (BY_NAME[name] for name in (
    "kill -9", "the coach stands still for 10 s (SIGSTOP, SIGCONT)", "the sound server hangs", "the clock is set back by an hour"))


def record(fault, seconds, place=Place.HOLD, **other):
    return Record(fault.name, place.value, "2026-01-05", 1.0, seconds=seconds, **other)


def test_the_page_is_made_of_what_was_measured_and_names_every_fault():
    text = PAGE.read_text(encoding="utf-8")
    assert text == page(Kept.load()), "make bench-faults ARGS=--page"
    for fault in FAULTS:
        assert f"| {fault.name} | {fault.hear} |" in text
    assert f"Promised: {max(fault.promise for fault in FAULTS if fault.line):g} s" in text


def test_the_worst_case_is_the_longest_of_all_that_are_answered_by_sound_wherever_it_was():
    kept = Kept([record(KILLED, 0.2), record(KILLED, 1.2, Place.QUESTION), record(STANDS, 3.1, Place.APPROACH), record(FROZEN, 4.9, by_sound=False), record(CLOCK, None)])
    assert FROZEN.line == NOTHING, "nothing can sound there, and the page says so"
    assert worst(kept) == (3.1, STANDS, "approach")
    assert "it took 3.1 s at worst, in 5 faults** (the coach stands still for 10 s (SIGSTOP, SIGCONT); in the approach)" in page(kept)
    assert worst(Kept()) is None


def test_a_row_tells_both_places_what_failed_and_what_was_late():
    text = row(KILLED, [record(KILLED, 0.5, Place.QUESTION)], [record(KILLED, 0.2), record(KILLED, 9.0, by_sound=False), record(KILLED, None, failed=True)])
    assert text.endswith("| 1.5 | 0.50 | 0.50 | 1 | 4.60 | 9.00 * † | 3 (1 failed) |")
    late = page(Kept([record(KILLED, 9.0)]))
    assert "With †" in late
    assert "With *" not in late
    assert "With †" not in page(Kept([record(KILLED, 0.2)]))


def test_what_was_measured_is_kept_until_it_is_to_be_measured_anew():
    stop = Stop("somebody", hogged=True, place="hold", load=1.0, date="2026-01-05", answer="stop", seconds=0.2)
    kept = Kept([record(KILLED, 0.2), record(KILLED, 0.2, Place.QUESTION), record(STANDS, 3.0), Record("of old", "hold", "2025-01-05", 1.0)], [stop])
    assert [kept.count(KILLED, under_force=force) for force in (True, False)] == [1, 1]
    kept.forget({STANDS.name}, stops=False)
    assert [one.fault for one in kept.records] == [KILLED.name, KILLED.name]
    assert kept.stops == [stop]
    kept.forget(set(BY_NAME), stops=True)
    assert not kept.records
    assert not kept.stops


def test_most_rounds_are_under_force_and_come_first_in_a_hold_and_in_the_way_there():
    order = rounds(3, 1)
    assert [place.under_force for _, place in order] == [True, True, True, False]
    assert {place for _, place in order} == set(Place)
    assert [turn for turn, _ in order] == [0, 1, 2, 0]


def test_the_busy_machines_table_tells_who_was_heard_who_was_told_otherwise_and_who_was_not_answered():
    def stop(answer, seconds=None, *, hogged=True, whole=True):
        return Stop("somebody", hogged, "hold", 1.0, "2026-01-05", answer, seconds, whole=whole)

    text = page(Kept([], [stop("stop", 0.1, hogged=False), stop("stop", 0.2), stop("stop", 0.4), stop("deaf", 1.5), stop("", whole=False)]))
    assert "| as it is | 1/1 = 100.0 % (20.7-100.0) | 0 | 0 | 0.10 | 0.10 | 0.10 | 1 | 1 |" in text
    assert "| busy | 2/4 = 50.0 % (15.0-85.0) | 1 | 1 | 0.40 | 1.39 | 1.50 | 3 | 4 |" in text


@pytest.mark.parametrize("count", [20, 0])
def test_each_of_the_people_is_one_on_whom_nothing_was_tuned(speech, count):
    speakers = [person.speaker for person in people(count)]
    assert len(set(speakers)) == len(speakers) == count
    assert all(part_of(speaker) is Part.TEST for speaker in speakers)
