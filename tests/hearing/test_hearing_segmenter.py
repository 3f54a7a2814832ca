from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicecoach.audio import RATE
from voicecoach.hearing.segmenter import (
    CHUNK,
    EDGE_CHUNKS,
    EDGE_HANG_CHUNKS,
    HANG_CHUNKS,
    LONGEST,
    PRE_ROLL,
    SLIDE,
    STALE_CHUNKS,
    WINDOW,
    Kind,
    Segmenter,
    Window,
)


def windows(*runs: tuple[float, int]) -> list[Window]:
    """Feed (probability, chunks) runs and collect what is to be scored."""
    segmenter = Segmenter()
    return [w for p, count in runs for _ in range(count) if (w := segmenter.accept(p))]


def test_silence_is_never_scored():
    assert windows((0.29, 10_000)) == []


def test_one_probable_chunk_begins_speech_and_eight_improbable_ones_end_it():
    [window] = windows((0.0, 20), (0.3, 1), (0.0, HANG_CHUNKS))[-1:]
    assert window.kind is Kind.ENDPOINT
    assert window.onset == 20 * CHUNK
    assert window.start == 20 * CHUNK - PRE_ROLL
    assert window.stop == (21 + HANG_CHUNKS) * CHUNK


def test_a_pause_shorter_than_the_hang_does_not_end_speech():
    kinds = [w.kind for w in windows((0.9, 5), (0.0, HANG_CHUNKS - 1), (0.9, 5), (0.0, HANG_CHUNKS - 1), (0.36, 1))]
    assert set(kinds) == {Kind.SLIDING}


def test_the_pre_roll_never_reaches_before_the_first_sample():
    assert all(w.start == 0 for w in windows((0.9, 10)))


def test_in_speech_a_window_comes_every_slide_and_holds_at_most_a_window_of_sound():
    found = windows((0.0, 50), (0.9, 60))
    assert [b.stop - a.stop for a, b in pairwise(found)] == [SLIDE] * (len(found) - 1)
    assert all(w.stop - w.start <= WINDOW for w in found)
    kinds = [w.kind for w in found]
    assert kinds == sorted(kinds, key=[Kind.SLIDING, Kind.RUNNING].index)
    assert all(w.start == w.onset - PRE_ROLL for w in found if w.kind is Kind.SLIDING)
    assert all(w.start > w.onset - PRE_ROLL for w in found if w.kind is Kind.RUNNING)


@pytest.mark.parametrize(("voiced", "kind"), [(LONGEST // CHUNK, Kind.ENDPOINT), (LONGEST // CHUNK + 1, Kind.LONG_ENDPOINT)])
def test_an_utterance_longer_than_three_seconds_is_no_command(voiced, kind):
    last = windows((0.0, 50), (0.9, voiced), (0.0, HANG_CHUNKS))[-1]
    assert last.kind is kind
    if kind is Kind.LONG_ENDPOINT:
        assert last.stop - last.start == WINDOW


def test_the_detector_is_stale_after_sixteen_quiet_chunks_and_again_after_sixteen_more():
    segmenter = Segmenter()
    stale = []
    for _ in range(3 * STALE_CHUNKS):
        segmenter.accept(0.29)
        stale.append(segmenter.stale())
    assert [i for i, s in enumerate(stale, 1) if s] == [STALE_CHUNKS, 2 * STALE_CHUNKS, 3 * STALE_CHUNKS]


def test_the_detector_is_never_stale_in_speech_or_in_what_may_become_speech():
    segmenter = Segmenter()
    for p in [0.9, *[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.4] * 20]:
        segmenter.accept(p)
        assert segmenter.speaking
        assert not segmenter.stale()
    waiting = Segmenter()
    for p in [*[0.0] * (STALE_CHUNKS - 1), 0.3] * 20:
        waiting.accept(p)
        assert not waiting.stale()


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.integers(1, 40)), max_size=30))
def test_any_probabilities_give_ordered_windows_inside_the_sound(runs):
    segmenter, now, last = Segmenter(), 0, 0
    for probability, count in runs:
        for _ in range(count):
            now += CHUNK
            before = segmenter.speaking
            window = segmenter.accept(probability)
            if window is None:
                assert not before or segmenter.speaking, "speech ends with an endpoint"
                continue
            assert before
            assert 0 <= window.start < window.stop == now
            assert window.stop > last
            assert segmenter.speaking == (window.kind in (Kind.SLIDING, Kind.RUNNING))
            assert window.stop - window.start <= PRE_ROLL + LONGEST + (HANG_CHUNKS + 1) * CHUNK
            last = window.stop


def test_one_nan_does_not_begin_speech_nor_keep_it_alive():
    assert windows((float("nan"), 100)) == []
    assert windows((0.9, 1), (float("nan"), 1), (0.0, HANG_CHUNKS))[-1].kind is Kind.ENDPOINT


# --- the edges of the coach's lines ---


def with_edge(before, *after):
    """The same, with an edge after the first runs."""
    segmenter = Segmenter()
    found = [w for p, count in before for _ in range(count) if (w := segmenter.accept(p))]
    segmenter.edge()
    return found, [w for p, count in after for _ in range(count) if (w := segmenter.accept(p))]


def test_just_after_an_edge_a_short_pause_parts_the_coach_from_the_answer():
    line = LONGEST // CHUNK + 20
    _, found = with_edge([(0.0, 20), (0.9, line)], (0.0, EDGE_HANG_CHUNKS), (0.9, 12), (0.0, HANG_CHUNKS))
    kinds = [w.kind for w in found if w.kind.over]
    assert kinds == [Kind.LONG_ENDPOINT, Kind.ENDPOINT]
    assert found[-1].onset == (20 + line + EDGE_HANG_CHUNKS) * CHUNK, "the answer is an utterance of its own"


def test_a_word_is_as_long_near_an_edge_as_anywhere():
    """There its endpoint waits for less of a pause; a certain answer must have its length all the same."""
    usual = windows((0.0, 30), (0.9, 10), (0.0, HANG_CHUNKS))[-1]
    segmenter = Segmenter()
    for _ in range(30):
        segmenter.accept(0.0)
    segmenter.edge()
    [near] = [w for p, count in ((0.9, 10), (0.0, EDGE_HANG_CHUNKS)) for _ in range(count) if (w := segmenter.accept(p)) and w.kind is Kind.ENDPOINT]
    assert near.stop < usual.stop
    assert near.seconds == usual.seconds == (10 + HANG_CHUNKS) * CHUNK / RATE


def test_without_the_edge_they_would_be_one():
    found = windows((0.0, 20), (0.9, LONGEST // CHUNK + 20), (0.0, EDGE_HANG_CHUNKS), (0.9, 12), (0.0, HANG_CHUNKS))
    assert [w.kind for w in found if w.kind.over] == [Kind.LONG_ENDPOINT]


def test_an_answer_just_before_a_line_is_judged_before_the_line_is_heard():
    before, found = with_edge([(0.0, 20), (0.9, 10), (0.0, EDGE_HANG_CHUNKS - 1)], (0.0, 1), (0.9, 100))
    assert not [w for w in before if w.kind.over]
    assert found[0].kind is Kind.ENDPOINT


def test_a_word_across_an_edge_stays_one():
    _, found = with_edge([(0.0, 20), (0.9, 5)], (0.9, 8), (0.0, HANG_CHUNKS))
    [end] = [w for w in found if w.kind.over]
    assert end.kind is Kind.ENDPOINT
    assert end.onset == 20 * CHUNK


def test_an_edge_is_over_after_a_while():
    _, found = with_edge([(0.0, 20), (0.9, 5)], (0.9, EDGE_CHUNKS), (0.0, EDGE_HANG_CHUNKS), (0.9, 5))
    assert not [w for w in found if w.kind.over]
