"""Time to answer: longer and shorter pauses before the coach asks again, by voice; never under force."""

from __future__ import annotations

import pytest
from timeline import DIALOGS, FULL, SCRIPT, SHORT, Timeline, keys

from voicecoach.core.phases import Phase
from voicecoach.core.session import Session
from voicecoach.core.speech import PAUSES
from voicecoach.hearing.risk import LOADING, RELEASE
from voicecoach.language.line_keys import PAUSES as SLOT
from voicecoach.language.loader import load_script
from voicecoach.setup.lines import grammars
from voicecoach.vocabulary import Intent, Say

LANGUAGES = sorted(path.parent.name for path in DIALOGS.glob("*/language.yaml"))


def asked_again_after(timeline):
    """Seconds of silence until the coach says something."""
    timeline.quiet()
    began, lines = timeline.now, len(timeline.said)
    while len(timeline.said) == lines:
        timeline.run(0.1)
    return timeline.now - began


def at_the_first_question(patience=8.0):
    timeline = Timeline(session=Session(SCRIPT, SHORT, patience=patience))
    timeline.run(until="question.")
    return timeline


def test_longer_pauses_hold_for_the_open_question_and_for_all_that_follow():
    timeline = at_the_first_question()
    timeline.quiet()
    said = [command for command in timeline.hear(Intent.SLOWER, slot=SLOT) if isinstance(command, Say)]
    assert [say.text for say in said] == ["All right. From now on you have twelve seconds to answer."]
    assert asked_again_after(timeline) == pytest.approx(12.0, abs=1.0)
    timeline.answer(Intent.NO)
    assert asked_again_after(timeline) == pytest.approx(12.0, abs=1.0)
    assert timeline.session.speech.rate == 1.0, "the speech itself is as it was"


def test_shorter_ones_as_well_and_both_ends_are_told():
    timeline = at_the_first_question()
    timeline.answer(Intent.FASTER, slot=SLOT)
    assert asked_again_after(timeline) == pytest.approx(6.0, abs=1.0)
    for intent, limit in ((Intent.FASTER, PAUSES[0]), (Intent.SLOWER, PAUSES[-1])):
        for _ in range(len(PAUSES)):
            said = keys(timeline.answer(intent, slot=SLOT))
        assert said == ["talk.at-limit"]
        assert asked_again_after(timeline) == pytest.approx(limit, abs=1.0)


def test_the_next_rung_is_taken_from_whatever_the_settings_say():
    timeline = at_the_first_question(patience=20.0)
    timeline.answer(Intent.SLOWER, slot=SLOT)
    assert asked_again_after(timeline) == pytest.approx(27.0, abs=1.0)


def test_silence_under_force_is_asked_about_as_soon_as_ever():
    times = []
    for slow in (False, True):
        timeline = Timeline(session=Session(SCRIPT, FULL))
        if slow:
            timeline.run(until="question.")
            for _ in range(5):
                timeline.answer(Intent.SLOWER, slot=SLOT)
        timeline.to(Phase.HOLD, warm=True)
        began = timeline.now
        timeline.sounding("safety.ease-silent")
        times.append(timeline.now - began)
    assert times[0] == pytest.approx(times[1], abs=0.5)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_phrases_for_both_that_are_no_loading_or_release_words(language):
    script = load_script(DIALOGS / language)
    for name, grammar in script.grammars.items():
        mine = {phrase for phrase in grammar.phrases if phrase.slot == SLOT}
        assert {phrase.intent for phrase in mine} == (set() if name in {"stretch", "hold", "name"} else {Intent.SLOWER, Intent.FASTER})
        others = {word for phrase in grammar.phrases if phrase.intent in LOADING | RELEASE for word in phrase.text.split()}
        assert not {phrase.text for phrase in mine if set(phrase.text.split()) & others}
    assert not any(phrase.slot == SLOT for grammar in grammars(script).values() for phrase in grammar.phrases), "the set-up asks for them by itself"
