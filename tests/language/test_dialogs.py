"""Lint of the shipped words: grammars without contradictions, lines that are safe to say aloud, and wording that fits."""

from __future__ import annotations

import ast
import re
from itertools import pairwise
from pathlib import Path
from typing import ClassVar

import pytest
from timeline import DIALOGS, SCRIPT

from voicecoach.core.dosing import Reason
from voicecoach.core.safety import LOADING, RELEASE
from voicecoach.language.intents import mentions, normal, read_phrases, understand
from voicecoach.language.line_keys import LINES, PER_QUESTION, PER_STRETCH, SAFETY
from voicecoach.language.script import Line, names
from voicecoach.vocabulary import Intent, Outcome, Party

BOOK = read_phrases(DIALOGS / "en/phrases.yaml", [])
assert BOOK is not None
FILL = {"program": "the full lower back session", "count": 17, "minutes": 6, "seconds": 25, "stretch": "knees to chest", "stretches": 4, "holds": 14,
        "side": "right", "name": "Anna", "number": "number one", "weeks": 4, "sessions": 9, "choices": "repeat, or pause", **names(SCRIPT)}
TEXTS = [(line.key, SCRIPT.speak(text, **FILL)) for line in (*SCRIPT.lines.values(), *SCRIPT.alone.values()) for text in line.texts]
WORDS_A_MINUTE = 150
WITH_PARTNER = sorted(name for name, stretch in SCRIPT.stretches.items() if not stretch.alone)
SOURCE = Path(__file__).parents[2] / "voicecoach"


def said(key: str) -> str:
    return " ".join(text for other, text in TEXTS if other == key)


class TestGrammars:
    @pytest.mark.parametrize("grammar", SCRIPT.grammars.values(), ids=lambda grammar: grammar.name)
    def test_no_words_mean_two_things_and_stop_is_always_heard(self, grammar: object) -> None:
        owner: dict[str, tuple[Intent, str]] = {}
        for phrase in grammar.phrases:
            for words in (phrase.text, *phrase.spellings):
                assert owner.setdefault(words, (phrase.intent, phrase.slot)) == (phrase.intent, phrase.slot)
        assert Intent.STOP in {phrase.intent for phrase in grammar.phrases}

    @pytest.mark.parametrize("name", sorted(set(SCRIPT.grammars) - {"screening", "who", "name"}))
    def test_pain_is_heard_wherever_somebody_moves_or_is_moved(self, name: str) -> None:
        assert Intent.PAIN in {phrase.intent for phrase in SCRIPT.grammars[name].phrases}

    @pytest.mark.parametrize("name", sorted(SCRIPT.grammars))
    def test_repeat_is_heard_everywhere_so_is_help(self, name: str) -> None:
        assert {Intent.REPEAT, Intent.HELP} <= {phrase.intent for phrase in SCRIPT.grammars[name].phrases}

    def test_every_intent_is_listened_for_somewhere(self) -> None:
        assert {phrase.intent for grammar in SCRIPT.grammars.values() for phrase in grammar.phrases} == set(Intent)

    def test_no_loading_word_is_heard_where_it_would_be_early(self) -> None:
        places = {intent: {name for name, g in SCRIPT.grammars.items() if intent in {p.intent for p in g.phrases}} for intent in LOADING}
        assert places == {Intent.MORE: {"stretch", "hold"}, Intent.READY: {"position"}, Intent.CONTINUE: {"released", "paused"}, Intent.WARM: {"warm-up"}}

    def test_places_of_the_stretches_can_be_said_and_a_warning_is_no_place_of_any(self) -> None:
        slots = {phrase.slot for phrase in BOOK.phrases(Intent.PLACE)}
        for stretch in SCRIPT.stretches.values():
            assert stretch.places <= slots
            assert not stretch.places & {"radiating", "nowhere", "knee", "neck"}


class TestTheCoachDoesNotStopHimself:
    """A loudspeaker stands near the microphone, and release words count while the coach speaks."""

    TOLD: ClassVar = {Intent.STOP: {"rule.stop"}, Intent.EASE: {"rule.words", "check-in.too-much"},
            Intent.PAIN: set()}
    """Lines that have to say such a word, because people must learn it; in a check-in nobody is pushed."""

    @pytest.mark.parametrize("intent", sorted(RELEASE, key=lambda intent: intent.value))
    def test_no_line_says_a_release_word_unless_it_must(self, intent: Intent) -> None:
        # The screening's questions name pain, and its grammar does not listen for it.
        guilty = {line.key for line in SCRIPT.lines.values() if intent in line.mentions} - self.TOLD[intent]
        assert {key for key in guilty if not key.startswith("question.")} == set()
        if intent is not Intent.PAIN:
            assert guilty == set()

    def test_names_and_numbers_that_fill_the_lines_bring_none_in(self) -> None:
        for key, text in TEXTS:
            assert mentions(BOOK, text) & RELEASE == SCRIPT.line(key).mentions & RELEASE, key


class TestHelp:
    @pytest.mark.parametrize(("key", "grammar", "words"), [
        ("screen.begin", "screening", ["yes", "no", "i don't know", "go back"]), ("screen.answers", "screening", ["yes", "no", "i don't know", "please repeat", "why"]),
        ("screen.waiting", "screening", ["please repeat", "we want to finish"]), ("screen.take-back", "screening", ["go back"]), ("screen.clear", "screening", ["go back"]),
        ("rule.words", "hold", ["too much", "ease off", "a bit more", "just right"]), ("rule.stop", "stretch", ["stop"]),
        ("screen.closer", "screening", ["yes", "no", "i don't know"]), ("check-in.feel-again", "check-in", ["yes", "no", "i don't know"]),
        ("check-in.feel-short", "check-in", ["yes", "no"]), ("check-in.where-again", "place", ["in my lower back", "around my hip", "my upper leg", "my knee", "down my leg", "i don't know"]),
        ("check-in.too-much-again", "check-in", ["yes", "no", "i don't know"]), ("check-in.too-much-short", "check-in", ["yes", "no"]),
        ("position.closer", "position", ["i am ready", "wait a moment"]), ("position.ready", "position", ["i am ready"]), ("position.help", "position", ["i am ready", "please repeat", "leave this one out", "wait a moment"]),
        ("approach.ask", "stretch", ["just right", "a bit more"]), ("approach.say-more", "stretch", ["a bit more", "just right"]),
        ("released.ask", "released", ["continue", "finish"]), ("paused.ask", "paused", ["continue", "finish"]),
        ("help.confirm", "confirm", ["yes", "no"]), ("dose.choice", "dose", ["no"]), ("help.dose", "dose", ["yes", "no"]),
        ("safety.ease", "hold", ["just right"]), ("safety.ease-silent", "stretch", ["just right"]),
    ])
    def test_whatever_a_line_asks_people_to_say_is_understood_there(self, key: str, grammar: str, words: list[str]) -> None:
        for word in words:
            assert f" {word} " in f" {normal(said(key))} "
            assert understand(word, SCRIPT.grammars[grammar]) is not None


class TestWording:
    def test_nothing_is_treated_relieved_cured_healed_or_diagnosed(self) -> None:
        banned = re.compile(r"\b(treat|reliev|relief|cur(e|es|ed|ing)\b|heal|diagnos|therap(y|ies|eutic)|emergency stop|guarantee)", re.IGNORECASE)
        assert [(key, text) for key, text in TEXTS if banned.search(text)] == []

    def test_no_sentence_is_copied_from_the_reference(self) -> None:
        reference = Path(__file__).parents[3] / "shared/reference/partner-stretching.md"
        if not reference.is_file():
            pytest.skip("the reference is not beside the project (../shared)")
        length = 8
        theirs = shingles(reference.read_text(encoding="utf-8"), length)
        assert {key for key, text in TEXTS if shingles(text, length) & theirs} == set()

    @pytest.mark.parametrize("key", sorted(SAFETY))
    def test_safety_lines_are_short_for_one_person_and_begin_with_what_to_do(self, key: str) -> None:
        line = SCRIPT.line(key)
        assert line.safety
        assert line.to is Party.PARTNER
        for text in line.texts:
            assert re.match(r"\{partner\}, (release|give way)\b", text)
            assert seconds(SCRIPT.speak(text, **FILL)) <= 8

    def test_no_line_lasts_longer_than_fifteen_seconds(self) -> None:
        assert {key for key, text in TEXTS if seconds(text) > 15} == set()

    def test_lines_for_one_person_begin_with_the_name(self) -> None:
        for line in SCRIPT.lines.values():
            if line.to is not Party.BOTH:
                assert all(text.startswith(f"{{{line.to.value}}}, ") for text in line.texts), line.key

    def test_a_line_for_both_that_orders_one_of_them_names_that_one(self) -> None:
        for key in ("rule.stop", "rule.words", "next.first", "check-in.lighter", "cool-down.1", "cool-down.2", "cool-down.3"):
            assert "{client}" in SCRIPT.line(key).texts[0] or "{partner}" in SCRIPT.line(key).texts[0]

    def test_every_sentence_ends_and_nothing_is_left_unfilled(self) -> None:
        for key, text in TEXTS:
            assert text[-1] in ".?!", key
            assert not set("{}*_#") & set(text), key
            assert "  " not in text, key

    def test_no_word_stands_twice_in_a_row(self) -> None:
        for key, text in TEXTS:
            assert not [a for a, b in pairwise(normal(text).split()) if a == b], key

    def test_pain_words_are_never_praised_and_force_is_always_slow_or_small(self) -> None:
        for line in forceful():
            for text in line.texts:
                assert re.search(r"slow|gentl|touch|width", text, re.IGNORECASE), line.key

    def test_set_up_never_pushes(self) -> None:
        for stretch in WITH_PARTNER:
            assert re.search(r"Don't (push|lift)( yet)", said(f"{stretch}.partner_position"))


def forceful() -> list[Line]:
    return [line for line in SCRIPT.lines.values() if line.key == "force.deeper" or line.key.endswith((".approach_partner", ".approach_self"))]


def shingles(text: str, length: int) -> set[tuple[str, ...]]:
    words = normal(text).split()
    return {tuple(words[start : start + length]) for start in range(len(words) - length + 1)}


def seconds(text: str) -> float:
    return len(text.split()) * 60 / WORDS_A_MINUTE


class TestTheReferenceIsCovered:
    @pytest.mark.parametrize("topic", [
        "injury|hurt lately", "disc", "osteoporosis", "surgery|operation", "hypermobile", "numbness", "tingling|pins and needles", "weakness", "pregnant", "cancer",
        "fever", "lost weight", "fall or an accident", "steroid", "artificial joint", "rheumatoid", "genitals", "bladder or bowel", "both legs", "chest pain", "strain", "sprain",
    ])
    def test_every_reason_not_to_stretch_is_asked_about(self, topic: str) -> None:
        questions = " ".join(text for key, text in TEXTS if key.endswith((".ask", ".help")) and key.startswith("question."))
        assert re.search(topic, questions, re.IGNORECASE)

    def test_the_four_stretches_are_there_and_have_their_sides(self) -> None:
        for those, prefix in ((WITH_PARTNER, ""), (sorted(SCRIPT.stretches.keys() - set(WITH_PARTNER)), "self-")):
            assert {name.removeprefix(prefix): SCRIPT.stretches[name].sides for name in those} == {
                "knees-to-chest": False, "spinal-twist": True, "hamstring": True, "figure-four": True}

    @pytest.mark.parametrize("stretch", WITH_PARTNER)
    def test_client_and_partner_have_cues_to_breathe_and_to_be_steady(self, stretch: str) -> None:
        assert re.search(r"breath", said(f"{stretch}.hold_client"))
        assert re.search(r"steady|gentle|light|still|keep|don't|without pressing", said(f"{stretch}.hold_partner"))

    def test_the_emergency_line_says_whom_to_call(self) -> None:
        assert "call your local emergency number" in said("question.chest-pain.advice")


class TestKeys:
    """Every line that the files hold is said somewhere, and every line that is said is known."""

    LITERALS: ClassVar = {node.value for path in [*(SOURCE / "core").rglob("*.py"), *(SOURCE / "live").glob("*.py")] if path.name != "line_keys.py"
                for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    FORMED: ClassVar = {f"place.{slot}" for slot in ("knee", "neck", "shoulder")} | {f"goodbye.{outcome.value}" for outcome in Outcome} | {f"cool-down.{n}" for n in (1, 2, 3)} | {f"dose.because-{reason}" for reason in Reason}

    def test_every_known_line_is_said_somewhere(self) -> None:
        assert set(LINES) - self.LITERALS - self.FORMED == set()

    def test_every_line_that_is_said_is_known(self) -> None:
        groups = {key.partition(".")[0] for key in LINES}
        calls = {match for path in [*(SOURCE / "core").rglob("*.py"), *(SOURCE / "live").glob("*.py")]
                 for match in re.findall(r"(?:say|remind)\(\"([a-z-]+\.[a-z0-9-]+)\"", path.read_text(encoding="utf-8"))}
        assert calls
        assert {key for key in calls if key.partition(".")[0] in groups} <= set(LINES)

    def test_fields_of_stretches_and_questions_are_used(self) -> None:
        text = "".join(path.read_text(encoding="utf-8") for path in (SOURCE / "core/parts").glob("*.py")) + (SOURCE / "core/talk.py").read_text(encoding="utf-8")
        for field in [*PER_STRETCH, *PER_QUESTION]:
            assert re.search(rf"\b{field}\b", text), field
