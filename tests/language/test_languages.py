"""Every language: complete beside English, safe to say aloud, and a whole session in it; and one more without any Python."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from unicodedata import normalize

import pytest
from test_contract_recogniser import korean_model
from timeline import DIALOGS, Timeline

from voicecoach.__main__ import main
from voicecoach.core.session import Session
from voicecoach.engines.fakes import TypedRecogniser
from voicecoach.hearing.alike import sounds_alike
from voicecoach.hearing.path import HearingPath
from voicecoach.hearing.risk import LOADING
from voicecoach.language.duration import spoken_seconds, syllables
from voicecoach.language.intents import normal
from voicecoach.language.line_keys import SAFETY
from voicecoach.language.loader import load_program, load_script
from voicecoach.machine.model_store import ModelStore
from voicecoach.machine.resources import data_folder
from voicecoach.translating.check import check_dialogs
from voicecoach.translating.findings import REFERENCE
from voicecoach.vocabulary import (
    Alive,
    Evidence,
    Intent,
    LineFinished,
    LineStarted,
    Listen,
    Outcome,
    Say,
    Source,
    Started,
    TimePassed,
)

LANGUAGES = sorted(path.parent.name for path in DIALOGS.glob("*/language.yaml"))
BLOCK = 1600


def told(script, line: str, intent: Intent, slot: str = "") -> str:
    """A phrase of `intent` that the coach himself has named in `line`, or else the first one."""
    phrases = [p for grammar in script.grammars.values() for p in grammar.phrases if p.intent is intent and slot in {"", p.slot}]
    spoken = f" {normal(line)} "
    return next((p.text for p in phrases if f" {p.text} " in spoken), phrases[0].text)


def answers(script) -> dict[str, tuple[Intent, str, str]]:
    """What the people say after a line: the intent, the line that taught the words, and the slot."""
    said = {key: " ".join(line.texts) for key, line in script.lines.items()}
    by_line = {f"question.{q.id}.ask": (Intent.NO, said["screen.answers"], "") for q in script.questions}
    by_line |= {f"condition.{name}.ask": (Intent.YES if name in {"floor", "chair"} else Intent.NO, said["screen.answers"], "") for name in script.conditions}
    by_line |= {f"{name}.approach_client": (Intent.GOOD, said["rule.words"], "") for name in script.stretches}
    return by_line | {
        "screen.read-back": (Intent.YES, said["help.confirm"], ""), "position.sure": (Intent.READY, said["position.ready"], ""),
        "position.ready": (Intent.READY, said["position.ready"], ""), "hold.ask": (Intent.GOOD, said["rule.words"], ""),
        "check-in.feel": (Intent.YES, said["check-in.feel-again"], ""), "check-in.where": (Intent.PLACE, said["check-in.where-again"], "buttock"),
        "check-in.too-much": (Intent.NO, said["check-in.too-much-again"], ""),
    }


def whole_session(script, program) -> tuple[Outcome, list[Say]]:
    """Typed people who answer every question with the words that the coach has told them."""
    session, typed, now = Session(script, program), TypedRecogniser(), 0.0
    path, table = HearingPath([typed]), answers(script)
    says: list[Say] = []

    def handle(event):
        nonlocal now
        waiting = session.handle(event, now)
        while waiting:
            command = waiting.pop(0)
            if isinstance(command, Listen):
                path.listen(script.grammars[command.grammar])
            if isinstance(command, Say):
                says.append(command)
                now += 1.0
                beats = [c for source in (Source.MICROPHONE, Source.RECOGNISER) for c in session.handle(Alive(source), now)]
                waiting += beats + session.handle(LineStarted(command.utterance), now) + session.handle(LineFinished(command.utterance), now)

    handle(Started())
    answered = 0
    while session.outcome is None and now < 3 * 3600:
        now += 1.0
        for source in (Source.MICROPHONE, Source.RECOGNISER):
            handle(Alive(source))
        if len(says) > answered and (answer := table.get(says[-1].key)):
            answered = len(says)
            intent, line, slot = answer
            typed.type(told(script, line, intent, slot))
            for _, event in path.accept([0.0] * BLOCK):
                handle(event)
        while session.outcome is None and (deadline := session.deadline) is not None and deadline <= now:
            handle(TimePassed())
    assert session.outcome is not None
    return session.outcome, says


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_check_finds_no_mistake(language):
    assert [str(finding) for finding in check_dialogs(DIALOGS, language) if finding.wrong] == []


def test_korean_can_be_heard_by_its_model_and_every_phrase_is_in_its_vocabulary():
    assert [str(f) for f in check_dialogs(DIALOGS, "ko", korean_model()) if f.wrong or "cannot be heard" in f.problem.what] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("program", ["one-stretch", "lower-back", "gentle", "solo"])
def test_a_whole_session_with_the_words_that_the_coach_has_told(language, program):
    script = load_script(DIALOGS / language)
    outcome, says = whole_session(script, load_program(DIALOGS / f"programs/{program}.yaml", script))
    assert outcome is Outcome.COMPLETED
    assert {"rule.stop", "hold.begin", "goodbye.completed"} <= {say.key for say in says}
    assert not any(set("{}0123456789") & set(say.text) for say in says), "numbers are words, and nothing is left unfilled"


@pytest.mark.parametrize("language", LANGUAGES)
def test_safety_lines_are_short_and_begin_alike(language):
    script = load_script(DIALOGS / language)
    for key in SAFETY:
        assert all(text.startswith("{partner}, ") for text in script.lines[key].texts), key
        assert all(spoken_seconds(script, text) <= 9 for text in script.lines[key].texts), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_many_ways_to_release_and_few_to_load(language):
    script = load_script(DIALOGS / language)
    ways = {intent: {p.text for p in script.grammars["hold"].phrases if p.intent is intent} for intent in (Intent.STOP, Intent.EASE, Intent.PAIN, Intent.MORE)}
    assert len(ways[Intent.MORE]) <= 3 < min(len(ways[intent]) for intent in (Intent.STOP, Intent.EASE, Intent.PAIN))


@pytest.mark.parametrize(("language", "number", "word"), [
    ("en", 25, "twenty-five"), ("ko", 25, "이십오"), ("de", 25, "fünfundzwanzig"), ("es", 25, "veinticinco"), ("es", 21, "veintiún")])
def test_numbers_are_words_of_the_language(language, number, word):
    assert word in load_script(DIALOGS / language).speak("{n}", n=number).lower()


@pytest.mark.parametrize(("language", "line", "values", "said"), [
    ("ko", "{holds}, {seconds}, {minutes}", {"holds": 2, "seconds": 25, "minutes": 1.5}, "두 번, 이십오 초, 일 분 삼십 초"),
    ("ko", "{count}, {stretches}, {sessions}", {"count": 17, "stretches": 1, "sessions": 21}, "짧은 질문 열일곱 가지, 한 가지 동작, 이십일 번"),
    ("de", "{minutes}, {holds}, in {stretches}", {"minutes": 1.5, "holds": 1, "stretches": 1}, "Anderthalb Minuten, ein Mal, in einer Übung"),
    ("de", "{minutes}, {seconds}", {"minutes": 2.5, "seconds": 21}, "Zweieinhalb Minuten, einundzwanzig Sekunden"),
    ("es", "{minutes}, {sessions}, {seconds}", {"minutes": 2.5, "sessions": 21, "seconds": 21}, "Dos minutos y medio, veintiuna sesiones, veintiún segundos"),
    ("es", "{minutes}, {count}, 1,5 minutos", {"minutes": 0.5, "count": 1}, "Medio minuto, una pregunta breve, un minuto y medio"),
])
def test_numbers_agree_with_what_they_count(language, line, values, said):
    assert load_script(DIALOGS / language).speak(line, **values) == said


def test_every_language_but_english_has_a_vosk_model_to_install(tmp_path):
    known = {entry.model.language for entry in ModelStore(tmp_path).list_models() if entry.model.engine == "vosk" and entry.model.download}
    assert set(LANGUAGES) <= known


def test_a_korean_session_with_the_real_recogniser(tmp_path, own_folders):
    """From the screening to the goodbye, with a stop. Under a minute of work for 13 of session. Kaldi dithers, so a second try is allowed."""
    korean_model()
    assert any(main(["rehearse", "ko/first-session", "--quiet", "--out", str(tmp_path / str(attempt))]) == 0 for attempt in range(2))


# --- a fifth language -------------------------------------------------------------------------------------------

FIFTH = {"language: es": "language: it", "name: Español": "name: Italiano", "voice: es ": "voice: it "}


@pytest.fixture
def own_root(tmp_path):
    """A copy of all dialogs, for a translator to work in."""
    shutil.copytree(DIALOGS, tmp_path / "dialogs")
    return tmp_path / "dialogs"


def test_a_fifth_language_needs_no_python(own_root, monkeypatch, capsys):
    shutil.copytree(own_root / "es", own_root / "it")
    edit(own_root / "it/language.yaml", *FIFTH.items())
    for module in ("common", "dialogs"):
        monkeypatch.setattr(f"voicecoach.commands.{module}.data_folder", lambda name: own_root if name == "dialogs" else data_folder(name))
    assert main(["dialog", "check", "it"]) == 1
    assert "there is no title in 'it'; add one" in capsys.readouterr().out
    for path in (own_root / "programs").glob("*.yaml"):
        edit(path, ("title:\n", "title:\n  it: tutta la schiena\n"))
    assert main(["dialog", "check", "it"]) == 0, capsys.readouterr().out
    script = load_script(own_root / "it")
    outcome, says = whole_session(script, load_program(own_root / "programs/one-stretch.yaml", script))
    assert outcome is Outcome.COMPLETED
    assert "tutta la schiena" in says[0].text.lower()
    assert "diciassette" in says[2].text


def test_a_language_whose_numbers_nobody_knows_speaks_figures(own_root):
    shutil.copytree(own_root / "es", own_root / "xx")
    edit(own_root / "xx/language.yaml", ("language: es", "language: xx"))
    assert load_script(own_root / "xx").speak("{n}", n=25) == "25"


# --- what the check finds ---------------------------------------------------------------------------------------

def edit(path: Path, *edits: tuple[str, str]) -> None:
    text = path.read_text(encoding="utf-8")
    for old, new in edits:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path.name}"
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize(("file", "old", "new", "what"), [
    ("lines.yaml", '  hold.half: "La mitad."\n', "", "the line 'hold.half' is missing"),
    ("lines.yaml", '"Quedan {seconds}."', '"Quedan unos segundos."', "the placeholders are not those of 'en' ({seconds})"),
    ("lines.yaml", '"Quedan {seconds}."', '"Quedan {segundos}."', "'{segundos}' is no placeholder"),
    ("lines.yaml", 'hold.half: "La mitad."', 'hold.half: "La mitad para ti."', "the coach would say a phrase of 'stop'"),
    ("lines.yaml", 'help.confirm: "Di sí o no, por favor."', 'help.confirm: "Contesta, por favor."', "it names no phrase of 'no'"),
    ("lines.yaml", 'force.no-more-after-ease: {to: client, say: "{client},', 'force.no-more-after-ease: {to: both, say: "{client},', "the line is for the both, in 'en' for the client"),
    ("lines.yaml", 'hold.half: "La mitad."', f'hold.half: "{"La mitad ya está. " * 14}"', "'hold.half' lasts about"),
    ("phrases.yaml", "    - algo más\n", "    - no tanto más\n", "'no tanto más' (more) holds 'no tanto' (ease)"),
    ("phrases.yaml", "    - algo más\n", "    - más suaves\n", "sound alike"),
    ("phrases.yaml", "    - algo más\n", "    - menos\n", "would mean both"),
    ("screening.yaml", "  - id: fall\n", "  - id: falls\n", "the questions are not those of 'en' (fall, falls)"),
    ("screening.yaml", "  - id: acute-back\n", "  - id: acute-back\n    emergency: true\n", "'acute-back' leads elsewhere"),
    ("stretches/hamstring.yaml", "places: [thigh, buttock]", "places: [thigh]", "its sides or places are not those of 'en'"),
    ("conditions.yaml", "  - id: chair\n", "  - id: chairs\n", "the questions are not those of 'en' (chair, chairs)"),
    ("alone.yaml", 'safety.pause: "Sal despacio', 'safety.pause: "Suelta, sal despacio', "a phrase of 'stop'"),
    ("setup.yaml", "stop.next: ", "stop.nest: ", "the set-up never says this line"),
    ("setup.yaml", "Te he oído en {heard} de", "Te he oído en {times} de", "the placeholders are not those of 'en' ({heard})"),
    ("teaching.yaml", "done: ", "dune: ", "no such key"),
])
def test_each_kind_of_mistake_is_found_with_its_place(own_root, file, old, new, what):
    edit(own_root / "es" / file, (old, new))
    found = [finding.problem for finding in check_dialogs(own_root, "es") if finding.wrong]
    match = [problem for problem in found if what in f"{problem.what}"]
    assert match, [str(problem) for problem in found]
    assert all(problem.file.name == Path(file).name and problem.line for problem in match)


def test_words_that_the_model_does_not_know_are_named(own_root):
    edit(own_root / "ko/phrases.yaml", ("    - 준비 완료\n", "    - 준비 완료요디\n"), ("    - 잘못\n", "    - {say: 잘못요, spellings: [잘못]}\n"))
    found = [f for f in check_dialogs(own_root, "ko", korean_model()) if "cannot be heard" in f.problem.what]
    assert [(f.wrong, "완료요디" in f.problem.what) for f in found] == [(False, True)]


def test_letters_of_two_characters_are_one_after_reading(tmp_path, own_root):
    path = own_root / "de/phrases.yaml"
    before = load_script(own_root / "de").grammars
    decomposed = normalize("NFD", path.read_text(encoding="utf-8"))
    assert "u\N{COMBINING DIAERESIS}" in decomposed
    path.write_text(decomposed, encoding="utf-8")
    assert load_script(own_root / "de").grammars == before


def test_a_model_that_rejects_nothing_needs_decoys(own_root):
    path = own_root / "ko/phrases.yaml"
    path.write_text(path.read_text(encoding="utf-8").partition("decoys:")[0], encoding="utf-8")
    assert any(f.wrong and "nothing it hears is certain" in f.problem.what for f in check_dialogs(own_root, "ko", korean_model()))


def test_an_unknown_language_is_one_sentence(capsys):
    assert main(["dialog", "check", "tlh"]) == 2
    assert re.search(r"no dialogs for the language 'tlh'; choose from .*en", capsys.readouterr().err)


@pytest.mark.parametrize(("a", "b", "alike"), [("멈춰", "멈춰요", False), ("조금 더", "조금 덜", True), ("mehr", "sehr", True), ("sí", "si", True), ("stop", "good", False)])
def test_sounding_alike_is_counted_in_letters_without_accents(a, b, alike):
    assert sounds_alike(a, b) is alike


def test_syllables_are_counted_in_every_script():
    assert [syllables(text) for text in ("Half-way.", "아니요, 좋아요.", "fünfundzwanzig", "veintiún")] == [2, 6, 4, 2]


def test_no_loading_phrase_of_any_language_is_a_single_syllable():
    for language in set(LANGUAGES) - {REFERENCE}:
        for grammar in load_script(DIALOGS / language).grammars.values():
            assert all(syllables(p.text) > 1 for p in grammar.phrases if p.intent in LOADING), language


# --- a recogniser that cannot reject ----------------------------------------------------------------------------

def passed_by_anything(language: str = "ko") -> Timeline:
    """A screening in which something was taken for the answer "no" at every question, up to the read-back."""
    script = load_script(DIALOGS / language)
    timeline = Timeline(session=Session(script, load_program(DIALOGS / "programs/one-stretch.yaml", script)))
    for question in script.questions:
        timeline.answer(Intent.NO, until=f"question.{question.id}.ask")
    return timeline


def test_a_false_no_is_caught_by_the_read_back():
    timeline = passed_by_anything()
    timeline.run(until="screen.read-back")
    for evidence in Evidence:
        timeline.quiet()
        timeline.hear(Intent.NO if evidence is Evidence.STRONG else Intent.YES, evidence)
        assert "screen.clear" not in timeline.said
    timeline.run(until=f"question.{load_script(DIALOGS / 'ko').questions[0].id}.ask")
    assert "screen.going-back" in timeline.said


@pytest.mark.parametrize("intent", [Intent.UNSURE, Intent.NO])
def test_only_a_yes_passes_the_read_back(intent):
    timeline = passed_by_anything()
    timeline.answer(intent, until="screen.read-back")
    timeline.run(until="question.")
    assert "screen.clear" not in timeline.said


def test_silence_never_passes_the_read_back():
    timeline = passed_by_anything()
    timeline.run(3600)
    assert timeline.session.outcome is Outcome.UNANSWERED
    assert "screen.clear" not in timeline.said


@pytest.mark.parametrize("evidence", Evidence)
def test_a_false_ready_pushes_nobody(evidence):
    timeline = passed_by_anything()
    timeline.answer(Intent.YES, until="screen.read-back")
    timeline.answer(Intent.WARM, until="warm-up.begin")
    timeline.answer(Intent.YES, until="warm-up.confirm")
    timeline.answer(Intent.READY, until="position.ready")
    timeline.run(until="position.sure")
    timeline.quiet()
    timeline.hear(Intent.YES if evidence is Evidence.STRONG else Intent.READY, evidence)
    timeline.run(60)
    assert not any(key.endswith((".approach_partner", ".approach_client")) for key in timeline.said)


@pytest.mark.parametrize("word", [Intent.GO_BACK, Intent.MEANT_NO])
def test_a_ready_that_is_read_back_can_be_taken_back(word):
    timeline = passed_by_anything()
    timeline.answer(Intent.YES, until="screen.read-back")
    timeline.answer(Intent.WARM, until="warm-up.begin")
    timeline.answer(Intent.YES, until="warm-up.confirm")
    timeline.answer(Intent.READY, until="position.ready")
    timeline.answer(word, until="position.sure")
    assert timeline.said[-1] == "position.ready"
    timeline.answer(Intent.READY)
    assert timeline.said[-1] == "position.sure", "a second one is read back as well"


@pytest.mark.parametrize("word", [Intent.GO_BACK, Intent.MEANT_NO])
def test_the_read_back_is_refused_by_taking_back(word):
    timeline = passed_by_anything()
    timeline.answer(word, until="screen.read-back")
    assert timeline.said[-2] == "screen.going-back"
    assert timeline.said[-1].startswith("question.")


def test_a_clear_yes_passes_the_read_back_and_english_needs_none():
    timeline = passed_by_anything()
    timeline.answer(Intent.YES, until="screen.read-back")
    timeline.run(until="screen.clear")
    english = passed_by_anything("en")
    english.run(until="screen.clear")
    assert "screen.read-back" not in english.said
