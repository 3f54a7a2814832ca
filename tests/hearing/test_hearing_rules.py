from __future__ import annotations

import numpy as np
import pytest

from voicecoach.hearing import rules
from voicecoach.hearing.hypothesis import Grammar, Phrase
from voicecoach.hearing.risk import RELEASE
from voicecoach.hearing.rules import NEAR_END, NEAR_GAP, NEAR_MARGIN, nearest
from voicecoach.hearing.scorer import IMPOSSIBLE, Reading
from voicecoach.hearing.segmenter import Kind
from voicecoach.vocabulary import Intent

STOP, NO_MORE = Phrase("stop", Intent.STOP), Phrase("no more", Intent.STOP)
EASE = Phrase("ease off", Intent.EASE, spellings=("he's off",))
PAIN = Phrase("that hurts", Intent.PAIN)
NO, MORE, YES = Phrase("no", Intent.NO), Phrase("more", Intent.MORE), Phrase("yes", Intent.YES)
HOLD = Grammar("hold", (STOP, NO_MORE, EASE, PAIN, NO, MORE, YES))


def reading(text: str, free: float = -1.0, end: dict[Phrase, float] | None = None,
            pre: dict[Phrase, float] | None = None, grammar: Grammar = HOLD) -> Reading:
    ends = np.array([(end or {}).get(p, IMPOSSIBLE) for p in grammar.phrases])
    pres = np.array([(pre or end or {}).get(p, IMPOSSIBLE) for p in grammar.phrases])
    return Reading(grammar.phrases, text, free, ends, pres)


def released(r: Reading, kind: Kind = Kind.ENDPOINT) -> list[str]:
    return [v.phrase.text for v in rules.release(r, kind)]


# --- words ---


@pytest.mark.parametrize(("text", "expected"), [
    ("Stop.", ("stop",)), ("He\u2019s off!", ("he's", "off")), ("", ()), (" ... ", ()), ("Well, no more.", ("well", "no", "more")),
    ("'stop'", ("stop",)), ("멈춰 주세요", ("멈춰", "주세요")),
])
def test_words_are_what_is_left_without_case_and_punctuation(text, expected):
    assert rules.words(text) == expected


@pytest.mark.parametrize(("text", "phrase", "expected"), [
    ("Please stop it.", STOP, True), ("Stopping.", STOP, False), ("Non-stop.", STOP, True), ("No. More.", NO_MORE, True),
    ("more no", NO_MORE, False), ("Do ease off.", EASE, True), ("And he's off.", EASE, False), ("", STOP, False),
])
def test_a_transcript_contains_a_phrase_as_whole_words_in_order(text, phrase, expected):
    assert rules.contains(text, phrase) is expected


# --- release ---


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("phrase", [p for p in HOLD.phrases if p.intent in RELEASE])
def test_a_release_phrase_is_heard_just_above_its_bar_and_not_at_it(kind, phrase):
    bar = (rules.RELEASE_PRE if phrase is STOP else rules.OTHER_PRE)[kind]
    assert released(reading("Chop.", pre={phrase: bar + 0.01}), kind) == [phrase.text]
    assert released(reading("Chop.", pre={phrase: bar}), kind) == []


@pytest.mark.parametrize(("end", "seconds", "found"), [
    (0.01, rules.SHORT, True), (0.0, rules.SHORT, False), (0.01, rules.SHORT - 0.01, False),
])
def test_an_unlikely_phrase_is_heard_when_it_is_all_of_an_utterance_that_is_long_enough_for_it(end, seconds, found):
    """A knock in the kitchen is shorter, and what begins like "easier" goes on."""
    bar = rules.RELEASE_PRE[Kind.ENDPOINT]
    unlikely = reading("Emaf,", end={EASE: bar + end})
    assert bool(rules.release(unlikely, Kind.ENDPOINT, None, seconds)) is found
    assert not rules.release(reading("Emaf and so on", pre={EASE: bar + end}, end={EASE: bar - 1}), Kind.ENDPOINT, None, seconds)


@pytest.mark.parametrize("kind", [Kind.SLIDING, Kind.RUNNING, Kind.LONG_ENDPOINT])
def test_only_a_whole_utterance_may_be_an_unlikely_phrase(kind):
    assert not rules.release(reading("Emaf,", end={EASE: rules.OTHER_PRE[kind]}), kind, None, 9.0)


def test_stop_may_be_short_and_unlikely():
    assert released(reading("Up", pre={STOP: rules.RELEASE_PRE[Kind.ENDPOINT] + 0.01}, end={STOP: -20.0})) == ["stop"]
    assert rules.release(reading("Up", pre={STOP: rules.RELEASE_PRE[Kind.ENDPOINT] + 0.01}), Kind.ENDPOINT, None, 0.3)


@pytest.mark.parametrize(("text", "pre", "intent"), [
    ("Tape.", rules.SURE_PAIN, Intent.STOP), ("Tape.", rules.SURE_PAIN + 0.01, Intent.PAIN), ("Pain!", -50.0, Intent.PAIN), ("Me, pain, to", -50.0, Intent.STOP),
])
def test_a_doubtful_word_for_pain_lets_go_and_ends_no_session(text, pre, intent):
    word = Phrase("pain", Intent.PAIN)
    [verdict] = rules.release(reading(text, pre={word: pre}, grammar=Grammar("hold", (STOP, word))), Kind.SLIDING)
    assert verdict.phrase == Phrase("pain", intent)


def test_any_other_single_word_stays_what_it_is():
    word = Phrase("less", Intent.EASE)
    [verdict] = rules.release(reading("Lest.", pre={word: rules.SURE_PAIN - 0.01}, grammar=Grammar("hold", (STOP, word))), Kind.SLIDING)
    assert verdict.phrase == word


def test_more_than_one_word_for_pain_is_believed_as_any_release_phrase():
    [verdict] = rules.release(reading("At first.", end={PAIN: rules.OTHER_PRE[Kind.ENDPOINT] + 0.01}), Kind.ENDPOINT)
    assert verdict.phrase == PAIN


def test_of_a_stop_and_a_doubtful_pain_there_is_one_stop():
    word = Phrase("pain", Intent.PAIN)
    [verdict] = rules.release(reading("Tap.", pre={word: -3.0, STOP: -2.0}, grammar=Grammar("hold", (STOP, word))), Kind.SLIDING)
    assert verdict.phrase == STOP


@pytest.mark.parametrize("kind", list(Kind))
def test_a_release_word_that_is_written_out_needs_no_score(kind):
    assert released(reading("I said stop"), kind) == ["stop"]
    assert released(reading("Ease off, please"), kind) == ["ease off"]


def test_the_bars_grow_with_how_little_is_known_of_the_word():
    bars = rules.RELEASE_PRE
    assert bars[Kind.ENDPOINT] < bars[Kind.SLIDING] < bars[Kind.LONG_ENDPOINT] < bars[Kind.RUNNING]


@pytest.mark.parametrize("phrase", [NO, MORE, YES])
def test_no_other_intent_is_ever_a_release_word(phrase):
    assert released(reading(phrase.text, end={phrase: -0.1})) == []


def test_of_two_phrases_of_an_intent_the_likelier_is_named():
    assert released(reading("No more stop", pre={STOP: -3.0, NO_MORE: -1.0})) == ["no more"]
    assert released(reading("No more stop", pre={STOP: -1.0, NO_MORE: -3.0})) == ["stop"]


def test_a_release_word_is_reported_with_how_near_it_came():
    [verdict] = rules.release(reading("Chop.", free=-1.0, end={STOP: -3.5}), Kind.ENDPOINT)
    assert verdict.score == -2.5


def test_two_release_intents_are_both_reported():
    assert released(reading("Stop, that hurts.")) == ["stop", "that hurts"]


def test_no_is_not_no_more():
    likely = {NO: -0.7, NO_MORE: -2.4}
    assert released(reading("No.", end=likely), Kind.SLIDING) == []
    assert released(reading("No, ma.", end={NO: -4.0, NO_MORE: -2.4}), Kind.SLIDING) == ["no more"]
    assert released(reading("No more.", end=likely), Kind.SLIDING) == ["no more"]


def test_an_utterance_that_goes_on_after_no_may_be_no_more():
    mumbled = reading("No, Mar.", end={NO: -0.4, NO_MORE: -2.6})
    assert released(mumbled, Kind.ENDPOINT) == ["no more"]
    assert released(mumbled, Kind.SLIDING) == [], "it may be the beginning of anything"
    assert released(reading("No.", end={NO: -0.4, NO_MORE: -2.6}), Kind.ENDPOINT) == []
    assert released(reading("No, Mar.", end={NO: -0.4, NO_MORE: rules.RELEASE_PRE[Kind.ENDPOINT]}), Kind.ENDPOINT) == []


def test_what_is_scored_while_somebody_speaks_is_release_and_what_release_begins_with():
    assert rules.while_speaking(HOLD).phrases == (STOP, NO_MORE, EASE, PAIN, NO)
    assert rules.while_speaking(HOLD).name == HOLD.name
    slowly = Grammar("hold", (*HOLD.phrases, Phrase("more slowly", Intent.SLOWER)))
    assert MORE not in rules.while_speaking(slowly).phrases, "it is the beginning of another word, but of none that releases"


def test_at_the_onset_the_ways_in_which_a_release_phrase_is_written_do_not_count_yet():
    begun = rules.from_onset(rules.while_speaking(HOLD))
    assert [p.text for p in begun.phrases] == [p.text for p in rules.while_speaking(HOLD).phrases]
    assert all(p.spellings == () for p in begun.phrases)
    assert begun.name == HOLD.name
    assert ASKED in rules.from_onset(rules.while_speaking(ASKING)).phrases, "what swallows a release word keeps its spellings"


ASKED = Phrase("is this normal", Intent.NORMAL, spellings=("is this no more", "this is normal"))
ASKING = Grammar("hold", (*HOLD.phrases, ASKED))


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize(("text", "expected"), [
    ("Is this no more?", []), ("And is this no more", []), ("No more.", ["no more"]), ("This is no more.", ["no more"]), ("Is this no more? No more!", ["no more"]),
    ("Is this. No more.", ["no more"]), ("Basis this no more", ["no more"]), ("Is this no more? Stop!", ["stop"]),
])
def test_what_another_phrase_is_written_as_is_no_release_word_but_one_beside_it_is(kind, text, expected):
    assert released(reading(text, grammar=ASKING), kind) == expected


LATER = Phrase("later please", Intent.PAUSE, spellings=("more please",))


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("text", ["No more, please.", "No more please", "Please, no more please!"])
def test_a_spelling_that_holds_only_a_part_of_a_release_word_takes_nothing_from_it(kind, text):
    assert released(reading(text, grammar=Grammar("hold", (*HOLD.phrases, LATER))), kind) == ["no more"]


def test_a_phrase_whose_spelling_holds_a_release_word_is_known_while_somebody_speaks():
    assert ASKED in rules.while_speaking(ASKING).phrases


def test_only_the_question_whether_this_is_normal_may_hide_a_release_word():
    from timeline import DIALOGS  # noqa: PLC0415 - the shipped words are wanted here alone

    from voicecoach.language.loader import load_script  # noqa: PLC0415 - the same

    for language in ("en", "de", "es", "ko"):
        for grammar in load_script(DIALOGS / language).grammars.values():
            hiding = {long.intent for long in grammar.phrases for short in grammar.of(*RELEASE).phrases if rules._swallows(long, short)}  # noqa: SLF001 - the rule itself
            assert hiding <= {Intent.NORMAL}


@pytest.mark.parametrize("kind", list(Kind))
def test_a_likely_stop_that_the_head_has_not_heard_must_be_as_good_as_written(kind):
    def heard(text: str, pre: float, head: float, phrase: Phrase = STOP) -> bool:
        return any(v.phrase == phrase for v in rules.release(reading(text, pre={phrase: pre}), kind, head))

    likely, unheard = rules.RELEASE_PRE[kind] + 0.01, rules.HEAD_VETO - 0.01
    assert heard("Up.", likely, rules.HEAD_AGREES)
    assert not heard("Up.", likely, unheard)
    assert not heard("Up.", rules.SURE_PRE - 0.01, unheard)
    assert heard("Up.", rules.SURE_PRE + 0.01, unheard)
    assert heard("Up.", rules.SURE_PRE + 0.01, -50.0), "however sure the head is of the contrary"
    assert heard("Stop.", -50.0, unheard)
    assert heard("Up.", rules.OTHER_PRE[kind] + 0.01, unheard, NO_MORE), "the head knows no other word"


@pytest.mark.parametrize("kind", list(Kind))
def test_the_more_the_head_doubts_the_likelier_must_a_stop_be(kind):
    half = (rules.HEAD_AGREES + rules.HEAD_VETO) / 2
    bar = (rules.RELEASE_PRE[kind] + rules.SURE_PRE) / 2
    assert rules.release(reading("Up.", pre={STOP: bar + 0.01}), kind, half)
    assert not rules.release(reading("Up.", pre={STOP: bar - 0.01}), kind, half)


PLEASE = Phrase("please stop", Intent.STOP)
WAITING = Grammar("hold", (STOP, PLEASE, NO_MORE, EASE))


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize(("text", "head", "phrase", "waits"), [
    ("Chop.", rules.SURE_HEAD, STOP, {Kind.SLIDING}),  # the head alone is not sure enough of the beginning of an utterance,
    ("Chop.", rules.SURE_HEAD + 0.01, STOP, set()),  # or it is
    ("Stop.", rules.HEAD_AGREES, STOP, {Kind.SLIDING, Kind.RUNNING}),  # only the grammar
    ("Stop.", rules.HEAD_AGREES + 0.01, STOP, set()),  # both
    ("Please stop.", rules.HEAD_AGREES, PLEASE, {Kind.SLIDING, Kind.RUNNING}),
    ("No more.", -9.0, NO_MORE, set()), ("Ease off.", -9.0, EASE, set()),  # which the head does not know
    ("Stop.", None, STOP, set()),  # no head to doubt
])
def test_which_release_words_wait_for_another_window(kind, text, head, phrase, waits):
    near = reading(text, pre={phrase: -50.0}, grammar=WAITING)
    [verdict] = [v for v in rules.release(near, kind, head) if v.phrase == phrase]
    assert verdict.alone is (kind not in waits)


def test_a_release_word_is_beyond_doubt_when_the_head_is_sure_or_it_is_as_good_as_written():
    def strict(text: str, pre: float, head: float | None, phrase: Phrase = STOP) -> bool:
        [verdict] = rules.release(reading(text, pre={phrase: pre}), Kind.ENDPOINT, head)
        return verdict.strict

    assert not strict("Stop.", rules.SURE_PRE, rules.SURE_HEAD)
    assert strict("Stop.", rules.SURE_PRE + 0.01, None)
    assert strict("Up.", -50.0, rules.SURE_HEAD + 0.01)
    assert not strict("No more.", -5.0, rules.SURE_HEAD + 0.01, NO_MORE), "the head knows no other word"


@pytest.mark.parametrize("kind", list(Kind))
def test_what_the_head_has_heard_is_a_stop_and_no_other_word(kind):
    def heard(head: float) -> list[str]:
        return [v.phrase.text for v in rules.release(reading("Chop."), kind, head)]

    assert heard(rules.HEAD_BAR[kind] + 0.01) == ["stop"]
    assert heard(rules.HEAD_BAR[kind]) == []


def test_a_stop_in_more_words_stands_though_the_head_has_not_heard_the_bare_one():
    longer = Phrase("stop it", Intent.STOP)
    near = {STOP: -5.0, longer: -5.5}
    found = rules.release(reading("Top it.", end=near, grammar=Grammar("hold", (STOP, longer))), Kind.ENDPOINT, rules.HEAD_VETO - 1)
    assert [verdict.phrase for verdict in found] == [longer]


@pytest.mark.parametrize("kind", list(Kind))
def test_a_longer_way_to_say_stop_need_not_be_likelier_than_the_short_one(kind):
    """Both mean the same, so one is no rival of the other, as "no" is of "no more"."""
    longer = Phrase("stop it", Intent.STOP)
    near = reading("Top.", end={STOP: -1.2}, pre={STOP: -1.2, longer: -1.3}, grammar=Grammar("hold", (STOP, longer)))
    found = rules.release(near, kind, rules.HEAD_VETO - 1)
    assert [verdict.phrase for verdict in found] == [longer]


# --- commands ---


def test_the_best_phrase_counts_when_it_is_near_the_transcript_and_likely_in_itself():
    margin, end = rules.FINAL_MARGIN, rules.FINAL_END
    near = reading("Mo.", free=-1.0, end={MORE: -1.0 + margin + 0.01, YES: -9.0})
    assert rules.command(near).phrase == MORE
    assert rules.command(near).score == pytest.approx(margin + 0.01)
    assert rules.command(reading("Mo.", free=-1.0, end={MORE: -1.0 + margin})).phrase is None
    assert rules.command(reading("Mo.", free=end + 0.5, end={MORE: end + 0.01})).phrase == MORE
    assert rules.command(reading("Mo.", free=end + 0.5, end={MORE: end})).phrase is None


def test_no_phrase_is_reported_with_how_near_the_best_one_came():
    verdict = rules.command(reading("Coffee.", free=-1.0, end={MORE: -6.0}))
    assert (verdict.phrase, verdict.score, verdict.strict) == (None, -5.0, False)


@pytest.mark.parametrize("text", ["", "...", " - "])
def test_breath_and_knocks_are_nothing(text):
    assert rules.command(reading(text, end={MORE: -0.1})) is None


ANNA, ITS_ANNA, BEN = Phrase("anna", Intent.PERSON, "1"), Phrase("it's anna", Intent.PERSON, "1"), Phrase("ben", Intent.PERSON, "2")
HOME = Grammar("who", (ANNA, ITS_ANNA, BEN))


@pytest.mark.parametrize(("end", "near"), [
    ({ANNA: -6.0}, ANNA), ({ITS_ANNA: -6.0, ANNA: -8.0}, ITS_ANNA), ({BEN: -6.0}, BEN),
    ({ANNA: -6.0, BEN: -6.0 - NEAR_GAP}, None),
    ({ANNA: -6.0, BEN: -6.0 - NEAR_GAP + 0.1}, None), ({ANNA: -6.0, BEN: -6.0 - NEAR_GAP - 0.1}, ANNA),  # between two
])
def test_the_nearest_person_fits_tolerably_and_better_than_any_other(end, near):
    assert nearest(reading("Mumble.", grammar=HOME, end=end)) == near


@pytest.mark.parametrize(("end", "near"), [(NEAR_END, None), (NEAR_END + 0.01, ANNA)])
def test_a_person_whose_phrases_hardly_fit_is_not_asked_about(end, near):
    assert nearest(reading("Mumble.", free=-8.0, grammar=HOME, end={ANNA: end})) == near


def test_the_nearest_person_is_not_asked_about_where_the_transcript_is_far_better():
    assert nearest(reading("Mumble.", free=-1.0, grammar=HOME, end={ANNA: -1.0 + NEAR_MARGIN + 0.1})) == ANNA
    assert nearest(reading("Mumble.", free=-0.5, grammar=HOME, end={ANNA: -0.5 + NEAR_MARGIN})) is None


def test_ways_to_say_one_name_add_up():
    both = {ANNA: NEAR_END - 0.3, ITS_ANNA: NEAR_END - 0.3}
    assert nearest(reading("Mumble.", free=-8.0, grammar=HOME, end=both)) in {ANNA, ITS_ANNA}
    assert nearest(reading("Mumble.", free=-8.0, grammar=HOME, end={ANNA: NEAR_END - 0.3})) is None


def test_where_one_name_alone_is_known_it_needs_no_rival():
    alone = Grammar("who", (ANNA, ITS_ANNA))
    assert nearest(reading("Mumble.", grammar=alone, end={ANNA: -6.0})) == ANNA
    assert nearest(reading("Mumble.", grammar=alone, end={ANNA: NEAR_END - 0.1})) is None


def test_where_no_name_is_known_nobody_is_near():
    assert nearest(reading("Anna.", grammar=Grammar("who", ()))) is None


def test_breath_is_near_to_nobody():
    assert nearest(reading("...", grammar=HOME, end={ANNA: -2.0})) is None


# --- routine words ---

PAUSE, HIP, KNEE = Phrase("pause", Intent.PAUSE), Phrase("my hip", Intent.PLACE, "hip"), Phrase("my knee", Intent.PLACE, "knee")
WAIT = Phrase("wait a moment", Intent.PAUSE)
TALK = Grammar("talk", (PAUSE, WAIT, HIP, KNEE, *HOLD.phrases))
END, GAP, MARGIN = rules.ROUTINE_END, rules.ROUTINE_GAP, rules.ROUTINE_MARGIN


def routine(end: dict[Phrase, float], free: float = -3.0, text: str = "Paws.") -> Phrase | None:
    verdict = rules.routine(reading(text, free, end, grammar=TALK))
    assert verdict is None or not verdict.strict  # it leads to nothing that asks for certainty
    return verdict.phrase if verdict else None


@pytest.mark.parametrize(("end", "found"), [
    ({PAUSE: END + 0.01}, PAUSE), ({PAUSE: END}, None),
    ({PAUSE: -4.0, HIP: -4.0 - GAP - 0.01}, PAUSE), ({PAUSE: -4.0, HIP: -4.0 - GAP}, None),
    ({HIP: -4.0, KNEE: -4.0 - GAP + 0.01}, None),  # of two places it matters which
    ({PAUSE: -4.0, WAIT: -4.5}, PAUSE),  # two ways to say one thing are no rivals
    ({PAUSE: END - 0.3, WAIT: END - 0.4}, PAUSE),  # and add up
    ({PAUSE: -4.0, STOP: -6.0}, None),
])
def test_a_routine_word_is_tolerable_and_clearly_better_than_anything_else(end, found):
    assert routine(end) == found


def test_the_score_of_a_routine_word_is_its_distance_to_the_transcript():
    assert rules.routine(reading("Paws.", -3.0, {PAUSE: -5.0}, grammar=TALK)).score == pytest.approx(-2.0)


def test_a_routine_word_is_none_where_the_transcript_is_far_better():
    assert routine({PAUSE: -5.0}, free=-5.0 - MARGIN - 0.01) == PAUSE
    assert routine({PAUSE: -5.0}, free=-5.0 - MARGIN) is None


@pytest.mark.parametrize("phrase", [STOP, EASE, PAIN, MORE, YES, NO])
def test_a_word_that_releases_loads_or_answers_is_never_heard_as_a_routine_word(phrase):
    assert routine({phrase: -0.5}) is None


def test_breath_is_no_routine_word():
    assert routine({PAUSE: -0.5}, text="...") is None


def test_a_grammar_without_phrases_hears_nothing():
    assert rules.command(reading("More", grammar=Grammar("none", ()))) is None


@pytest.mark.parametrize(("seconds", "strict"), [(rules.STRICT_SECONDS, True), (rules.STRICT_SECONDS - 0.01, False)])
def test_what_is_shorter_than_any_answer_is_never_certain(seconds, strict):
    verdict = rules.command(reading("No, no, no, no", free=-0.5, end={NO: -0.6}), seconds)
    assert (verdict.phrase, verdict.strict) == (NO, strict)


STRICT = {"free": -0.5, "end": {MORE: -0.6, YES: -5.0}}


@pytest.mark.parametrize(("free", "end", "strict"), [
    (-0.5, {MORE: -0.6, YES: -5.0}, True),
    (-0.05, {MORE: -0.6, YES: -5.0}, False),  # far from the transcript
    (-2.0, {MORE: -2.1, YES: -9.0}, False),  # unlikely in itself
    (-0.5, {MORE: -0.6, YES: -2.5}, False),  # another intent is near
    (-0.5, {MORE: -0.6}, True),
    (-0.5, {MORE: -0.5 + rules.STRICT_MARGIN, YES: -5.0}, False),  # each bar has to be passed, not only reached
    (-1.9, {MORE: rules.STRICT_END, YES: -9.0}, False),
    (-0.5, {MORE: -0.5, YES: -0.5 - rules.STRICT_GAP}, False),
])
def test_strict_asks_for_more_and_for_no_rival(free, end, strict):
    verdict = rules.command(reading("More.", free=free, end=end))
    assert verdict.phrase == MORE
    assert verdict.strict is strict


def test_another_phrase_of_the_same_intent_is_no_rival():
    bit = Phrase("a bit more", Intent.MORE)
    grammar = Grammar("g", (MORE, bit, YES))
    assert rules.command(reading("More", free=-0.5, end={MORE: -0.6, bit: -0.7, YES: -8.0}, grammar=grammar)).strict
