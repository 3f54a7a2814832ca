"""The set-up talk, without any device: a house in which some loudspeakers are heard and some microphones hear."""

from __future__ import annotations

import shutil
from collections import defaultdict
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from timeline import DIALOGS, SCRIPT

from voicecoach.core.speech import VOLUMES
from voicecoach.errors import ScriptError
from voicecoach.hearing.level_report import Level, LevelReport
from voicecoach.language.loader import load_script
from voicecoach.language.script import names
from voicecoach.settings.config import Config, load_config
from voicecoach.settings.settings_file import remember
from voicecoach.setup.choices import TRIED, Found, Option, choices
from voicecoach.setup.dialogue import STOPS, SetUp
from voicecoach.setup.finding import ROUNDS
from voicecoach.setup.lines import GRAMMARS, LINES, TRIAL, grammars, load_lines
from voicecoach.setup.offer import First, first
from voicecoach.setup.turns import RATES, Manner
from voicecoach.setup.vocabulary import (
    Device,
    Done,
    End,
    Gone,
    Keep,
    Listen,
    Measure,
    Measured,
    NotKept,
    NotUnderstood,
    Outcome,
    Silence,
    Speak,
    Understood,
    Use,
)
from voicecoach.vocabulary import Intent

TEXTS = load_lines(SCRIPT)
USUAL = {"find": Intent.YES, "voice": Intent.GOOD, "wait": Intent.READY, "confirm": Intent.YES, "choose": Intent.GOOD, TRIAL: Intent.STOP}
QUIET = LevelReport(Level.UNHEARD, -70, -68, 0)
FINE = LevelReport(Level.FINE, -70, -25, 0)


def devices(names):
    """One device for each letter; "-" is the system's default."""
    return [Device("" if name == "-" else name, f"number {name}", "" if name == "-" else name.upper()) for name in names]


def report(level):
    return LevelReport(level, -60, -30, 0)


def hold(setup, answers):
    """The end of a talk in which `answers` gives the answer to each order."""
    talk = setup.talk()
    try:
        order = next(talk)
        while True:
            order = talk.send(answers(order))
    except StopIteration as over:
        return over.value


class House:
    """People who answer as usual, but for what `replies` says for a line; answers are used up one by one."""

    def __init__(self, speakers="-", microphones="-", *, audible="", hears="", gone=(), replies=None, measured=((), ()), keeps=True):
        self.talk = SetUp(TEXTS, devices(speakers), devices(microphones), Manner(150), names(SCRIPT), SCRIPT.fill)
        self.audible, self.hears = audible or speakers, hears or microphones
        self.gone = list(gone)
        self.replies = defaultdict(list, {key: list(said) for key, said in (replies or {}).items()})
        (self.noises, self.levels), self.keeps = map(list, measured), keeps
        self.said, self.orders = [], []
        self.using, self.kept, self.end = {}, None, None

    def run(self):
        def answers(order):
            self.orders.append(order)
            assert len(self.orders) < 500, f"it never ends: {self.keys[-20:]}"
            return self.answer(order)

        self.end = hold(self.talk, answers)
        return self

    @property
    def keys(self):
        return [order.key for order in self.said]

    def answer(self, order):
        match order:
            case Use(kind, device):
                self.using[kind] = device.name or "-"
                return Gone(kind, "broken") if self.using[kind] in self.gone else Done()
            case Speak(key):
                self.said.append(order)
                return Gone("speaker", "unplugged") if self.lost("speaker", key) else Done()
            case Listen():
                return self.reply(order, self.said[-1].key)
            case Measure(_, noise):
                return Gone("microphone", "unplugged") if self.lost("microphone", "measure") else Measured(self.measure(noise))
        self.kept = dict(order.settings) if self.keeps else None
        return Done() if self.keeps else NotKept("no permission")

    def measure(self, noise):
        if noise is None:
            return LevelReport(Level.UNHEARD, self.noises.pop(0) if self.noises else -65, -60, 0)
        return report(self.levels.pop(0)) if self.levels else FINE

    def reply(self, order, key):
        if self.using["speaker"] not in self.audible or self.using["microphone"] not in self.hears:
            return Silence()
        said = self.replies[key].pop(0) if self.replies[key] else USUAL[order.grammar]
        if isinstance(said, Intent):
            return Understood(said, said.value, 0.42)
        return said

    def lost(self, kind, key):
        """Whether the device in use goes now: said with ``gone`` by (kind, key)."""
        if (kind, key) in self.gone:
            self.gone.remove((kind, key))
            return True
        return False


# --- everything works ---


def test_when_all_goes_well_it_takes_one_answer_a_question():
    house = House().run()
    assert house.end == End(Outcome.DONE)
    assert house.keys == [
        "find.hello", "find.found", "voice.ask", "voice.kept", "room.ask", "room.quiet", "level.ask", "level.speak", "level.fine",
        "stop.ask", "stop.heard", "stop.next", "stop.heard", "stop.next", "stop.heard", "stop.works",
        "end.summary", "end.stop-works", "end.kept", "end.goodbye"]
    assert house.kept == {"speaker": "", "microphone": ""}
    assert "That took zero point four seconds" in house.said[10].text
    assert "I heard: stop." in house.said[10].text


def test_he_speaks_first_and_never_listens_while_he_speaks():
    house = House().run()
    assert isinstance(house.orders[2], Speak)
    for before, order in pairwise(house.orders):
        if isinstance(order, Listen | Measure):
            assert isinstance(before, Speak)


def test_every_line_can_be_said_and_has_its_values():
    assert {line for line in LINES if line not in TEXTS} == set()
    for order in House("-ab", "-xy", audible="b", hears="y").run().said:
        assert "{" not in order.text


# --- finding devices ---


def test_without_an_answer_each_microphone_is_tried_and_then_the_next_speaker():
    house = House("ab", "xy", audible="b", hears="y").run()
    assert house.keys[:6] == ["find.hello", "find.again", "find.microphone", "find.speaker", "find.microphone", "find.found"]
    assert "another microphone: number y" in house.said[2].text
    assert "Another loudspeaker: number b" in house.said[3].text
    assert "number x" in house.said[3].text
    assert house.kept == {"speaker": "B", "microphone": "Y"}


def test_a_device_that_cannot_be_opened_is_left_out_for_good():
    house = House("ab", "xyz", audible="b", hears="z", gone=["x", "a"]).run()
    assert house.keys[0] == "find.hello", "the first that can be opened says it"
    assert house.kept == {"speaker": "B", "microphone": "Z"}
    assert [order.device.name for order in house.orders if isinstance(order, Use) and order.kind == "microphone"].count("x") == 1


def test_next_is_another_speaker_and_the_microphone_that_heard_it_stays():
    house = House("ab", "xy", hears="y", replies={"find.microphone": [Intent.NEXT]}).run()
    assert house.kept == {"speaker": "B", "microphone": "Y"}
    assert house.keys[:4] == ["find.hello", "find.again", "find.microphone", "find.speaker"]


def test_next_goes_round_as_often_as_they_like_and_with_one_speaker_is_a_yes():
    again = House("ab", replies={"find.hello": [Intent.NEXT], "find.speaker": [Intent.NEXT] * 6}).run()
    assert again.keys.count("find.speaker") == 7
    assert again.end.outcome is Outcome.DONE
    assert House("a", replies={"find.hello": [Intent.NEXT]}).run().keys[:2] == ["find.hello", "find.found"]


def test_speech_that_is_not_understood_is_asked_again_on_the_same_devices():
    house = House("ab", "xy", replies={"find.hello": [NotUnderstood("yehs")], "find.unclear": [Intent.HELP]}).run()
    assert house.keys[:5] == ["find.hello", "find.unclear", "find.help", "find.unclear", "find.found"]
    assert house.kept == {"speaker": "A", "microphone": "X"}


def test_louder_counts_from_the_first_question_on():
    house = House(replies={"find.hello": [Intent.LOUDER]}).run()
    assert house.said[1].volume == pytest.approx(1.4)
    assert house.kept["volume"] == pytest.approx(1.4)


def test_nobody_answers_and_every_speaker_says_so():
    house = House("ab", "xy", audible="none", hears="none").run()
    assert house.end == End(Outcome.UNANSWERED)
    assert house.kept is None
    assert house.keys.count("find.speaker") == 2 * ROUNDS - 1
    assert house.keys[-2:] == ["end.unanswered"] * 2


def test_without_a_microphone_every_speaker_says_so():
    assert House("ab", "", hears="none").run().end.outcome is Outcome.NO_MICROPHONE
    house = House("ab", "xy", gone=["x", "y"]).run()
    assert house.end == End(Outcome.NO_MICROPHONE)
    assert house.keys == ["end.no-microphone"] * 2


def test_without_a_speaker_it_ends():
    house = House("ab", gone=["a", "b"]).run()
    assert (house.end, house.keys) == (End(Outcome.NO_SPEAKER), [])


def test_a_microphone_that_goes_is_replaced_and_the_voice_is_not_asked_about_again():
    house = House("a", "xy", gone=[("microphone", "measure")]).run()
    assert house.end.outcome is Outcome.DONE
    assert house.kept == {"speaker": "A", "microphone": "Y"}
    at = house.keys.index("find.lost-microphone")
    assert house.keys[at + 1 : at + 4] == ["find.speaker", "find.found", "room.ask"]


@pytest.mark.parametrize("line", ["find.hello", "voice.ask", "room.quiet", "level.speak", "stop.next", "stop.works"])
def test_a_speaker_that_goes_anywhere_is_replaced(line):
    house = House("ab", gone=[("speaker", line)]).run()
    assert house.end.outcome is Outcome.DONE
    assert house.kept["speaker"] == "B"


@pytest.mark.parametrize("line", ["end.summary", "end.goodbye"])
def test_a_speaker_that_goes_at_the_end_changes_nothing(line):
    house = House("ab", gone=[("speaker", line)]).run()
    assert house.end.outcome is Outcome.DONE
    assert house.kept["speaker"] == "A"


# --- the voice ---


def test_the_voice_changes_at_once_and_is_remembered():
    house = House(replies={"voice.ask": [Intent.SLOWER], "voice.again": [Intent.LOUDER, Intent.QUIETER, Intent.FASTER, Intent.SLOWER]}).run()
    rates = [order.words_per_minute for order in house.said if order.key.startswith("voice.")]
    assert rates == [150, 130, 130, 130, 150, 130, 130]
    assert house.kept == {"speaker": "", "microphone": "", "words_per_minute": 130, "volume": 1.0}


@pytest.mark.parametrize(("intent", "limit"), [(Intent.SLOWER, RATES[0]), (Intent.FASTER, RATES[1]), (Intent.LOUDER, VOLUMES[-1]), (Intent.QUIETER, VOLUMES[0])])
def test_the_voice_has_limits_that_the_settings_accept(intent, limit):
    house = House(replies={"voice.ask": [intent], "voice.again": [intent] * 12}).run()
    assert "voice.limit" in house.keys
    assert limit in house.kept.values()
    assert Config.model_validate(house.kept)


def test_no_asks_for_help_and_silence_keeps_the_voice():
    house = House(replies={"voice.ask": [Intent.NO], "voice.help": [Silence(), Intent.GOOD]}).run()
    assert house.keys[2:5] == ["voice.ask", "voice.help", "voice.help"]
    silent = House(replies={"voice.ask": [Silence(), Silence()]}).run()
    assert silent.keys[2:5] == ["voice.ask", "voice.ask", "voice.kept"]


def test_repeat_and_help_work_at_every_question():
    house = House(replies={"voice.ask": [Intent.REPEAT, NotUnderstood(), Intent.HELP], "talk.pardon": [Intent.HELP]}).run()
    assert house.keys[2:7] == ["voice.ask", "voice.ask", "talk.pardon", "voice.help", "voice.kept"]


# --- the room and the level ---


def test_a_loud_room_is_measured_again_once_it_is_quieter():
    house = House(measured=([-30, -60], ())).run()
    at = house.keys.index("room.ask")
    assert house.keys[at : at + 4] == ["room.ask", "room.loud", "room.ask", "room.quiet"]


def test_a_room_that_stays_loud_holds_nobody_up():
    assert "room.still-loud" in House(measured=([-30] * 9, ())).run().keys
    skipped = House(measured=([-30] * 9, ()), replies={"room.loud": [Intent.SKIP]}).run()
    assert skipped.keys.count("room.ask") == 1
    assert skipped.orders[[isinstance(o, Measure) and o.noise is not None for o in skipped.orders].index(True)].noise == -30


@pytest.mark.parametrize("level", [level for level in Level if level is not Level.FINE])
def test_what_is_wrong_with_the_level_is_said_and_measured_again(level):
    house = House(measured=((), [level])).run()
    at = house.keys.index("level.speak")
    assert house.keys[at : at + 5] == ["level.speak", f"level.{level.value.replace(' ', '-')}", "level.change", "level.speak", "level.fine"]


def test_nobody_who_is_too_quiet_to_be_heard_is_stuck():
    house = House(measured=((), [Level.QUIET] * 9), replies={"level.ask": [Silence()], "level.change": [Silence()] * 9}).run()
    assert house.keys.count("level.speak") == 3
    assert "level.left" in house.keys


def test_a_level_can_be_left_as_it_is():
    assert House(measured=((), [Level.NOISY] * 9), replies={"level.change": [Intent.SKIP]}).run().keys.count("level.speak") == 1


@pytest.mark.parametrize("line", ["level.ask", "level.change", "stop.missed"])
def test_next_is_another_microphone_from_the_level_on(line):
    house = House("a", "xy", measured=((), [Level.QUIET]), replies={line: [Intent.NEXT], "stop.next": [Silence(), Silence()]}).run()
    assert "Another microphone: number y." in [order.text for order in house.said]
    assert house.kept["microphone"] == "Y"
    assert house.keys.count("voice.ask") == 1


def test_without_another_microphone_this_one_stays():
    house = House("a", "xy", gone=["y"], replies={"level.ask": [Intent.NEXT]}).run()
    assert "find.only-microphone" in house.keys
    assert house.kept["microphone"] == "X"


# --- the trial of "stop" ---


def test_what_was_heard_instead_of_stop_is_told():
    house = House(replies={"stop.ask": [Understood(Intent.GOOD, "good", 0.5)], "stop.next": [NotUnderstood("stuff"), Silence()],
                           "stop.missed": [Intent.SKIP], "stop.teach": [Intent.NO]}).run()
    assert [key for key in house.keys if key.startswith("stop.")] == [
        "stop.ask", "stop.other", "stop.next", "stop.unclear", "stop.next", "stop.nothing", "stop.missed", "stop.teach"]
    assert "something else: good" in house.said[house.keys.index("stop.other")].text
    assert "zero of three" in house.said[house.keys.index("stop.missed")].text
    assert house.end == End(Outcome.STOP_NOT_HEARD)
    assert house.keys[-3:] == ["end.stop-fails", "end.kept", "end.goodbye"]
    assert house.kept is not None


def test_it_can_be_tried_again_until_it_works():
    house = House(replies={"stop.ask": [Silence()], "stop.missed": [Intent.YES]}).run()
    assert house.keys.count("stop.ask") == 2
    assert house.end == End(Outcome.DONE)


@pytest.mark.parametrize("last", [Intent.SKIP, Silence(), Intent.NO])
def test_who_is_not_heard_is_offered_to_teach_a_sound(last):
    house = House(replies={"stop.ask": [Silence()], "stop.next": [Silence(), Silence()], "stop.missed": [last, last]}).run()
    assert house.end == End(Outcome.STOP_NOT_HEARD, teach=True)
    assert house.keys[-1] == "end.teach"


def test_two_of_three_are_enough_and_the_loss_is_told():
    house = House(replies={"stop.ask": [Silence()], "stop.missed": [Intent.SKIP], "stop.teach": [Intent.NO]}).run()
    assert house.end == End(Outcome.DONE)
    assert "two of three" in house.said[house.keys.index("end.stop-works")].text


def test_a_slow_machine_is_told():
    house = House(replies={"stop.next": [Understood(Intent.STOP, "stop", 2.04)]}).run()
    assert house.keys[house.keys.index("stop.works") + 1] == "stop.slow"
    assert "two seconds" in house.said[house.keys.index("stop.works")].text


# --- the end ---


@pytest.mark.parametrize("word", [Intent.STOP, Intent.FINISH])
@pytest.mark.parametrize("line", ["find.hello", "voice.ask", "level.ask"])
def test_stop_and_finish_end_it_after_a_yes_and_nothing_is_written(word, line):
    house = House(replies={line: [word]}).run()
    assert house.end == End(Outcome.CALLED_OFF)
    assert house.kept is None
    assert house.keys[-2:] == ["end.sure", "end.called-off"]
    assert House(replies={line: [word], "end.sure": [Intent.STOP]}).run().end == End(Outcome.CALLED_OFF)


@pytest.mark.parametrize("answer", [Intent.NO, Silence(), NotUnderstood()])
def test_a_stop_that_was_noise_costs_one_question(answer):
    house = House(replies={"voice.ask": [Intent.STOP], "end.sure": [answer]}).run()
    assert house.end == End(Outcome.DONE)


def test_settings_that_cannot_be_written_are_told():
    house = House(keeps=False).run()
    assert house.end == End(Outcome.NOT_REMEMBERED)
    assert house.keys[-1] == "end.not-kept"


# --- whatever happens ---


def wild(draw, order, phrases):
    """Any answer that the order may get."""
    match order:
        case Use(kind):
            return draw(st.sampled_from([Done(), Done(), Gone(kind, "broken")]))
        case Speak():
            return draw(st.sampled_from([*[Done()] * 12, Gone("speaker", "unplugged")]))
        case Listen(grammar):
            said = [Understood(phrase.intent, phrase.text, 0.5) for phrase in phrases[grammar].phrases]
            return draw(st.sampled_from([*said, *[NotUnderstood("mhm"), Silence()] * 4, Gone("microphone", "unplugged")]))
        case Measure():
            return draw(st.sampled_from([*[Measured(report(level)) for level in Level], Gone("microphone", "unplugged")]))
    return draw(st.sampled_from([Done(), NotKept("full")]))


def dull(order):
    """What comes when everybody has left the house."""
    return Silence() if isinstance(order, Listen) else Measured(QUIET) if isinstance(order, Measure) else Done()


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_whatever_is_answered_it_is_safe_and_when_they_leave_it_ends(data):
    phrases = grammars(SCRIPT)
    size = st.integers(0, 3)
    setup = SetUp(TEXTS, devices("abc"[: data.draw(size)]), devices("xyz"[: data.draw(size)]), Manner(150), names(SCRIPT), SCRIPT.fill)
    orders, kept = [], False

    def answers(order):
        nonlocal kept
        orders.append(order)
        check_order(orders)
        answer = wild(data.draw, order, phrases) if len(orders) < 120 else dull(order)
        kept = kept or (isinstance(order, Keep) and answer == Done())
        return answer

    end = hold(setup, answers)
    assert kept == (end.outcome in {Outcome.DONE, Outcome.STOP_NOT_HEARD})


def check_order(orders):
    """What must hold for the last one, whatever came before it."""
    assert len(orders) < 300, "it does not end"
    match orders[-1]:
        case Listen() | Measure():
            assert isinstance(orders[-2], Speak)
        case Speak(_, text, rate, volume):
            assert "{" not in text
            assert VOLUMES[0] <= volume <= VOLUMES[-1]
            assert RATES[0] <= rate <= RATES[1]
        case Keep(chosen):
            assert Config.model_validate(dict(chosen))


# --- its data ---


def test_every_grammar_understands_stop_and_no_words_mean_two_things():
    for name, grammar in grammars(SCRIPT).items():
        words = [word for phrase in grammar.phrases for word in (phrase.text, *phrase.spellings)]
        assert len(words) == len(set(words)), name
        assert Intent.STOP in {phrase.intent for phrase in grammar.phrases}
        assert {phrase.intent for phrase in grammar.phrases} >= GRAMMARS.get(name, frozenset())


def test_the_trial_listens_as_a_hold_does():
    assert grammars(SCRIPT)[TRIAL] is SCRIPT.grammars["hold"]
    assert STOPS == 3


def test_every_language_has_the_lines_and_all_mistakes_in_them_are_told(tmp_path):
    for folder in (path.parent for path in DIALOGS.glob("*/language.yaml")):
        assert load_lines(load_script(folder)).keys() == LINES.keys()
    shutil.copytree(DIALOGS / "en", tmp_path / "en")
    path = tmp_path / "en/setup.yaml"
    path.write_text(path.read_text().replace("find.hello:", "find.hallo:").replace("{words}", "{word}").replace('stop.next: "Once', 'stop.next: "{Once'))
    with pytest.raises(ScriptError) as caught:
        load_lines(load_script(tmp_path / "en"))
    told = str(caught.value)
    assert "did you mean 'find.hello'" in told
    assert "the line 'find.hello' is missing" in told
    assert "'{word}' is no placeholder of this line; use only {seconds}, {words}" in told
    assert "a brace is out of place" in told


# --- every other setting ---


FOUND = Found(["en", "ko"], [("lower-back", "lower back"), ("one-stretch", "one stretch")], ["en-gb", "en-us"], ["AB Shutter"], ["FS-1"], ["cabin"], ["Mia"])
CHOICES = tuple(choices(Config(), FOUND, SCRIPT, TEXTS))


def with_choices(replies, **more):
    house = House(replies={"other.ask": [Intent.YES], **replies}, **more)
    house.talk = SetUp(TEXTS, devices("-"), devices("-"), Manner(150), names(SCRIPT), SCRIPT.fill, CHOICES)
    return house.run()


def test_every_setting_has_a_way_by_voice():
    """A new key of `Config` fails here until the talk can set it."""
    assert TRIED | {choice.setting for choice in CHOICES} == set(Config.model_fields)
    assert all(f"set.{choice.setting}" in LINES for choice in CHOICES)
    assert all(len(choice.options) > 1 for choice in CHOICES)


@pytest.mark.parametrize("choice", CHOICES, ids=lambda choice: choice.setting)
def test_next_changes_any_of_them_and_the_settings_file_takes_it(tmp_path, choice):
    house = with_choices({f"set.{choice.setting}": [Intent.NEXT, Intent.GOOD]})
    assert house.end.outcome is Outcome.DONE
    assert house.kept[choice.setting] == choice.options[1].value
    remember(tmp_path / "config.yaml", house.kept)
    loaded = load_config(tmp_path / "config.yaml")
    assert getattr(loaded, choice.setting) != getattr(Config(), choice.setting)
    assert set(house.kept) == {"speaker", "microphone", choice.setting}, "nothing else is written"


def test_who_keeps_everything_writes_nothing_and_silence_changes_nothing():
    assert with_choices({}).kept == {"speaker": "", "microphone": ""}
    house = with_choices({"set.patience": [Intent.NEXT, Silence(), Silence(), Silence()], "set.keys": [Silence()] * 3})
    assert house.kept == {"speaker": "", "microphone": ""}
    assert house.keys.count("set.keys") == 3, "nobody is hurried: it is said again"


def test_the_rest_can_be_skipped_and_all_of_it_left_out():
    house = with_choices({"set.program": [Intent.SKIP]})
    assert "set.client" not in house.keys
    assert not any(key.startswith("set.") for key in with_choices({"other.ask": [Intent.NO]}).keys)
    assert not any(key.startswith("set.") for key in with_choices({"other.ask": [Silence()] * 3}).keys)


def test_a_voice_is_heard_before_it_is_chosen_and_a_whole_round_comes_back_to_the_present():
    house = with_choices({"set.voice": [Intent.NEXT] * 3 + [Intent.GOOD], "set.patience": [Intent.HELP, Intent.SLOWER, NotUnderstood("?"), Intent.GOOD]})
    assert [order.voice for order in house.said if order.key == "set.voice"] == ["", "en-gb", "en-us", ""]
    assert "voice" not in house.kept
    assert next(order.text for order in house.said if order.key == "set.patience") == "I wait for an answer for eight seconds."
    assert house.kept["words_per_minute"] < 150


def test_a_value_that_is_not_among_the_options_is_offered_first_and_names_are_never_lost():
    config = Config(patience=7, pitch=49, voice="mbrola", buttons=["a", "b"], client={"name": "Niamh", "say": "NEEV"}, partner="Tom")
    present = {choice.setting: choice.options for choice in choices(config, FOUND, SCRIPT, TEXTS)}
    assert [present[key][0].value for key in ("patience", "pitch", "voice", "buttons", "partner")] == [7, 49, "mbrola", ["a", "b"], "Tom"]
    assert present["client"][0] == Option({"name": "Niamh", "say": "NEEV"}, "NEEV")
    assert [option.value for option in present["client"][1:]] == ["Tom", "Mia", ""]


# --- the first run ---


def first_run(answers, gone=()):
    said, talk = [], first(TEXTS, *devices("-"), *devices("-"), 150, 1.0)

    def reply(order):
        said.append(order)
        if isinstance(order, Use):
            return Gone(order.kind, "none") if order.kind in gone else Done()
        return Done() if isinstance(order, Speak) else answers.pop(0)

    try:
        order = next(talk)
        while True:
            order = talk.send(reply(order))
    except StopIteration as over:
        return over.value, said


@pytest.mark.parametrize(("answers", "result"), [
    ([Understood(Intent.YES)], First.SET_UP), ([Understood(Intent.NO)], First.SESSION), ([Understood(Intent.STOP)], First.NOTHING),
    ([Understood(Intent.FINISH)], First.NOTHING), ([Silence()], First.SET_UP), ([NotUnderstood("x"), Understood(Intent.NO)], First.SESSION),
    ([Understood(Intent.REPEAT), Understood(Intent.YES)], First.SET_UP), ([NotUnderstood("x")] * 2, First.SET_UP),
])
def test_the_first_run_asks_by_voice_whether_to_set_up(answers, result):
    got, said = first_run(list(answers))
    assert got is result
    assert "Say yes, or no" in said[2].text
    assert isinstance(said[3], Listen)


def test_without_a_device_to_ask_through_the_set_up_looks_for_another():
    assert first_run([], gone=["speaker"])[0] is First.SET_UP
    assert first_run([], gone=["microphone"])[0] is First.SET_UP
