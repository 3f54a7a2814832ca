from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_model import LevelVad, Parrot, said

from voicecoach.audio import RATE
from voicecoach.errors import EngineError
from voicecoach.hearing import rules
from voicecoach.hearing.ear import KEPT, NEAR, MoonshineEar
from voicecoach.hearing.hypothesis import Grammar, Phrase
from voicecoach.hearing.segmenter import CHUNK, HANG_CHUNKS, SLIDE, STALE_CHUNKS, WARM, Kind
from voicecoach.vocabulary import Intent

STOP, MORE, NO, EASE, PAIN, TALK = range(1, 7)
TEXTS = {STOP: "Stop", MORE: "More", NO: "no", EASE: "ease off", PAIN: "that hurts", TALK: "me"}
HOLD = Grammar("hold", (
    Phrase("stop", Intent.STOP), Phrase("ease off", Intent.EASE), Phrase("that hurts", Intent.PAIN),
    Phrase("more", Intent.MORE), Phrase("no", Intent.NO)))
HANG = HANG_CHUNKS * CHUNK / RATE


def ear(grammar: Grammar | None = HOLD) -> MoonshineEar:
    one = MoonshineEar(Parrot(TEXTS), LevelVad())
    if grammar:
        one.listen(grammar)
    return one


def spoken(*parts: tuple[int, float] | float):
    """Utterances (number, seconds) and silences (seconds), one after the other."""
    sounds = [said(0, part) if isinstance(part, float) else said(*part) for part in parts]
    return np.concatenate(sounds)


def heard(*parts, grammar: Grammar = HOLD):
    return ear(grammar).accept(spoken(*parts))


def intents(hypotheses) -> list[Intent | None]:
    return [h.phrase and h.phrase.intent for h in hypotheses]


def test_a_release_word_is_reported_while_it_is_spoken():
    [stop] = heard(1.0, (STOP, 1.0), 1.0)
    assert stop.phrase == HOLD.phrases[0]
    assert not stop.final
    assert stop.start == pytest.approx(1.0, abs=2 * CHUNK / RATE)
    assert stop.at == pytest.approx(stop.start + SLIDE / RATE, abs=2 * CHUNK / RATE)


def test_another_word_waits_for_the_endpoint():
    [more] = heard(1.0, (MORE, 0.5), 1.0)
    assert more.phrase == HOLD.phrases[3]
    assert more.final
    assert more.strict
    assert more.score == pytest.approx(0, abs=0.01)
    assert more.at == pytest.approx(1.5 + HANG, abs=2 * CHUNK / RATE)


def test_an_utterance_is_not_reported_a_second_time_at_its_end():
    assert intents(heard(0.5, (STOP, 1.4), 1.0)) == [Intent.STOP]


def test_a_stop_just_after_another_is_reported_as_well():
    """The first may have been a noise, and whoever says it means it."""
    assert intents(heard(0.5, (STOP, 0.3), HANG + 0.1, (STOP, 0.5), 1.0)) == [Intent.STOP, Intent.STOP]


def test_a_second_stop_in_the_same_breath_is_reported_when_the_first_is_out_of_the_window():
    assert intents(heard(0.5, (STOP, 0.5), (TALK, 2.0), (STOP, 0.5), 1.0)) == [Intent.STOP, Intent.STOP]


def test_stop_is_heard_in_the_middle_of_endless_talk():
    [stop] = heard(0.5, (TALK, 8.0), (STOP, 0.4), (TALK, 4.0), 1.0)
    assert stop.phrase.intent is Intent.STOP
    assert not stop.final
    assert 8.5 < stop.at < 8.8


class CountingParrot(Parrot):
    """It counts the windows that are decoded."""

    read = 0

    def first(self, hidden):
        """See `SpeechModel.first`."""
        self.read += 1
        return super().first(hidden)


class Opinion:
    """A release head of one opinion."""

    def __init__(self, score: float) -> None:
        self._score = score

    def check(self) -> None:
        """It always works."""

    def score(self, hidden) -> float:  # noqa: ARG002 - it does not listen
        """The same for everything."""
        return self._score


def read_while_running(score: float) -> tuple[int, list[Intent | None]]:
    """How many windows the decoder read in 8 s of talk with a "stop" in it, and what was heard."""
    model = CountingParrot({TALK: "me", STOP: "Stop"})
    one = MoonshineEar(model, LevelVad(), Opinion(score))
    one.listen(HOLD)
    found = one.accept(spoken(0.5, (TALK, 5.0), (STOP, 0.4), (TALK, 2.6), 1.0))
    return model.read, intents(found)


def test_in_running_speech_the_decoder_reads_every_second_window_unless_the_head_finds_something():
    few, heard_by_few = read_while_running(-9.0)
    all_of_them, _ = read_while_running(rules.HEAD_BAR[Kind.RUNNING] - NEAR + 0.1)
    assert heard_by_few == [Intent.STOP]
    assert 0.5 < few / all_of_them < 0.65


def test_a_stop_does_not_hide_the_pain_that_follows():
    assert intents(heard(0.5, (STOP, 0.5), (PAIN, 0.7), 1.0)) == [Intent.STOP, Intent.PAIN]


def test_after_a_release_word_the_rest_of_the_utterance_means_nothing():
    assert intents(heard(0.5, (STOP, 0.3), (MORE, 0.3), 1.0)) == [Intent.STOP]


def test_release_beats_a_loading_word_of_the_same_utterance():
    assert intents(heard(0.5, (MORE, 0.1), (EASE, 0.05), 1.0)) == [Intent.EASE]


def test_talk_is_unclear_if_short_and_nothing_if_long():
    [short] = heard(0.5, (TALK, 1.0), 1.0)
    assert (short.phrase, short.final, short.strict, short.text) == (None, True, False, TEXTS[TALK])
    assert heard(0.5, (TALK, 4.0), 1.0) == []


def test_a_command_at_the_end_of_long_talk_is_no_command():
    assert heard(0.5, (TALK, 4.0), (MORE, 0.5), 1.0) == []


def test_nothing_is_scored_while_nobody_speaks():
    one = ear()
    one.accept(said(0, 60))
    assert one._model.heard == []  # noqa: SLF001 - what it costs is the point


def test_without_release_words_only_whole_utterances_are_scored():
    one = ear(HOLD.of(Intent.MORE))
    assert intents(one.accept(spoken(0.5, (MORE, 1.0), 1.0))) == [Intent.MORE]
    assert len(one._model.heard) == 1  # noqa: SLF001 - what it costs is the point


def test_nothing_is_scored_before_there_is_a_grammar():
    one = ear(None)
    assert one.accept(spoken(0.5, (STOP, 0.5), 0.5)) == []
    one.listen(HOLD)
    assert intents(one.accept(spoken((STOP, 0.5), 0.5))) == [Intent.STOP]


def test_a_new_grammar_counts_from_the_next_window():
    one = ear(HOLD.of(Intent.STOP))
    first = one.accept(spoken(0.5, (MORE, 0.5)))
    one.listen(HOLD)
    assert intents(first + one.accept(said(0, 1.0))) == [Intent.MORE]


def test_a_phrase_that_cannot_be_written_is_named():
    with pytest.raises(EngineError, match=r"moonshine: .*“” of grammar x"):
        ear().listen(Grammar("x", (Phrase("", Intent.MORE),)))


def test_the_detector_is_reset_in_steady_quiet_and_never_in_speech():
    vad = LevelVad()
    one = MoonshineEar(Parrot(TEXTS), vad)
    one.listen(HOLD)
    before = vad.resets
    one.accept(said(0, STALE_CHUNKS * CHUNK * 5 / RATE))
    assert vad.resets - before == 5
    before = vad.resets
    one.accept(said(TALK, 5.0))
    assert vad.resets == before


def test_after_a_reset_the_detector_hears_the_last_quarter_of_a_second_again():
    """Or a word whose quiet beginning a reset falls into would be no speech to it."""
    class Memory(LevelVad):
        def probability(self, chunk) -> float:
            self.heard.append(float(chunk[0]))
            return 0.0

        def reset(self) -> None:
            self.heard = []

    vad = Memory()
    vad.reset()
    one = MoonshineEar(Parrot(TEXTS), vad)
    chunks = np.repeat(np.arange(1, STALE_CHUNKS + 3, dtype=np.float32) / 100, CHUNK)
    one.accept(chunks[: STALE_CHUNKS * CHUNK])
    last = [n / 100 for n in range(STALE_CHUNKS - WARM // CHUNK + 1, STALE_CHUNKS + 1)]
    assert vad.heard == pytest.approx(last)
    one.accept(chunks[STALE_CHUNKS * CHUNK :])
    assert vad.heard == pytest.approx([*last, 0.17, 0.18])


def test_broken_samples_do_not_deafen_it():
    one = ear()
    one.accept(np.array([np.nan, np.inf, -np.inf, 1e9] * 400, np.float32))
    one.accept(said(0, 1.0))
    assert intents(one.accept(spoken((STOP, 0.5), 0.5))) == [Intent.STOP]


def test_an_hour_of_talk_takes_no_more_memory_than_a_sentence():
    one = ear(None)
    for _ in range(60):
        one.accept(said(TALK, 5.0))
    assert len(one._sound) <= KEPT  # noqa: SLF001 - a leak shows nowhere else


@given(st.lists(st.tuples(st.integers(0, 6), st.floats(0.05, 2.0)), max_size=6), st.lists(st.integers(0, 3000), min_size=1, max_size=8))
@settings(deadline=None, max_examples=40)
def test_the_same_sound_in_other_blocks_gives_the_same_hypotheses(parts, sizes):
    sound = spoken(*parts, 0.5) if parts else said(0, 0.5)
    whole = ear().accept(sound)
    one, at, pieces, turn = ear(), 0, [], 0
    while at < len(sound):
        size = sizes[turn % len(sizes)] if any(sizes) else 1000
        pieces += one.accept(sound[at : at + size])
        at, turn = at + size, turn + 1
    assert pieces == whole
    ats = [h.at for h in whole]
    assert ats == sorted(ats)
    assert all(0 <= h.start < h.at <= len(sound) / RATE for h in whole)


def test_a_release_word_across_the_edge_of_a_line_is_heard():
    one = ear()
    sound = spoken(1.0, (STOP, 0.4), 1.0)
    cut = round(1.2 * RATE)
    first = one.accept(sound[:cut])
    one.edge()
    assert Intent.STOP in intents([*first, *one.accept(sound[cut:])])
