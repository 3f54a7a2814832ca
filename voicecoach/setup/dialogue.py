"""The set-up talk: a pure coroutine that yields one `Order` at a time and is sent its `Answer`.

It reads as the talk goes. All time is in the orders (how long to listen) and in the answers (how fast "stop" was), so it
has no clock. Every question has an end without an answer, so that nobody who cannot be heard is stuck. Nothing is
written before the end, and the coach never listens while he speaks: his own "say yes" must not count.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Final

from voicecoach.hearing.level_report import Level
from voicecoach.settings.config import Value
from voicecoach.setup.choices import Choice, Option
from voicecoach.setup.finding import Finder
from voicecoach.setup.lines import TRIAL
from voicecoach.setup.names import Names
from voicecoach.setup.turns import MANNERS, MOVE, TRIES, DeviceLost, Manner, OtherMicrophone, Over, Talk, Turns
from voicecoach.setup.vocabulary import (
    Answer,
    Device,
    End,
    Keep,
    NotKept,
    NotUnderstood,
    Order,
    Outcome,
    Silence,
    Understood,
)
from voicecoach.vocabulary import Intent

CHOICE: Final = 12.0
"""Seconds to think about a setting; each is said `TRIES` times, and then stays as it was."""
ROOM: Final = 4.0
"""Seconds of silence that are measured."""
COUNTING: Final = 6.0
"""Seconds of speech that are measured: counting from one to ten."""
LOUD_ROOM: Final = -45.0
"""dBFS of noise at which a voice that is just loud enough (see `level_report.TOO_QUIET`) would drown."""
STOPS: Final = 3
"""So often "stop" is tried."""
ENOUGH: Final = 2
"""Heard less often than this of `STOPS`, "stop" does not work here."""
SLOW: Final = 1.5
"""Seconds from the beginning of a word to the decision that are too long: twice what a busy machine takes."""

_YES: Final = frozenset({Intent.YES, Intent.GOOD, Intent.READY})


class SetUp:
    """One set-up.

    Args:
        lines: what `voicecoach.setup.lines.load_lines` gives.
        speakers: the loudspeakers to be tried, in this order.
        microphones: the same.
        manner: how the coach speaks at first.
        names: what {client} and {partner} stand for.
        speak: fills in a line's placeholders, `Script.fill` for numbers in words.
        choices: the other settings, for people who want to go through them.
        newcomers: learns the names of a household; None: nobody is asked for names.
    """

    def __init__(self, lines: Mapping[str, str], speakers: Sequence[Device], microphones: Sequence[Device], manner: Manner,
                 names: Mapping[str, str], speak: Callable[..., str] = str.format, choices: Sequence[Choice] = (),
                 newcomers: Names | None = None) -> None:
        self._turns = Turns(lines, manner, names, speak)
        self._finder = Finder(self._turns, speakers, microphones)
        self._choices, self._newcomers = choices, newcomers
        self._chosen: dict[str, Value] = {}
        self._voice_tried_on: Device | None = None
        self._heard: list[float] = []
        """The delay of each "stop" that was heard in the last trial."""

    def talk(self) -> Generator[Order, Answer, End]:
        """The whole talk. Prime it with `next`; every order it yields is owed one answer by `send`."""
        try:
            teach = yield from self._try_everything()
            yield from self._keep()
            yield from self._summary(teach=teach)
        except Over as over:
            yield from self._farewell(over.outcome)
            return End(over.outcome)
        return End(Outcome.DONE if len(self._heard) >= ENOUGH else Outcome.STOP_NOT_HEARD, teach)

    def only_names(self) -> Generator[Order, Answer, bool]:
        """Nothing but the names, on the first loudspeaker and microphone; False where one of them cannot be used."""
        try:
            for kind, devices in (("speaker", self._finder.speakers), ("microphone", self._finder.microphones)):
                if not (yield from self._finder.take("speaker" if kind == "speaker" else "microphone", devices[0])):
                    return False
            if self._newcomers:
                yield from self._newcomers.learn(self._turns.say, self._turns.ask, self._listen_for_a_name)
        except DeviceLost:
            return False
        except Over:
            pass  # what was kept before is kept
        return True

    def _names_of_the_household(self) -> Talk[None]:
        """Offer to learn names, where nobody is known yet."""
        if not self._newcomers or self._newcomers.known or (yield from self._turns.ask("names.ask", "confirm", "names.help")) is not Intent.YES:
            return
        yield from self._newcomers.learn(self._turns.say, self._turns.ask, self._listen_for_a_name)

    def _listen_for_a_name(self, grammar: str) -> Talk[Answer]:
        return (yield from self._turns.listen(grammar, CHOICE))

    def _try_everything(self) -> Talk[bool]:
        """Devices, voice, room, level and "stop"; whether they want to teach a sound. A device that goes meanwhile is replaced."""
        devices = self._finder.find()
        while True:
            try:
                yield from devices
                yield from self._voice()
                noise = yield from self._room()
                yield from self._level(noise)
                teach = yield from self._stop()
                yield from self._names_of_the_household()
                yield from self._others()
            except DeviceLost as lost:
                devices = self._finder.replace(lost.kind)
            except OtherMicrophone:
                devices = self._finder.other_microphone()
            else:
                return teach

    # --- the trials ---

    def _voice(self) -> Talk[None]:
        """Rate and loudness, once for each loudspeaker."""
        yield from self._turns.say("find.found")
        if self._voice_tried_on is self._turns.using["speaker"]:
            return
        line = "voice.ask"
        while (yield from self._turns.ask(line, "voice", "voice.help", again="voice.again")) is Intent.NO:
            line = "voice.help"
        self._voice_tried_on = self._turns.using["speaker"]
        yield from self._turns.say("voice.kept")

    def _room(self) -> Talk[float]:
        """The noise of the room in dBFS, after somebody had the chance to make it quieter."""
        yield from self._turns.say("room.ask")
        for attempt in range(TRIES):
            noise = (yield from self._turns.measure(ROOM)).noise
            if noise <= LOUD_ROOM:
                yield from self._turns.say("room.quiet")
                return noise
            if attempt == TRIES - 1:
                break
            if (yield from self._turns.ask("room.loud", "wait", "room.help", seconds=MOVE)) in {Intent.SKIP, Intent.NO}:
                return noise
            yield from self._turns.say("room.ask")
        yield from self._turns.say("room.still-loud")
        return noise

    def _level(self, noise: float) -> Talk[None]:
        """Measure from where the client will lie, and help until it is fine or they want to go on."""
        if (yield from self._turns.ask("level.ask", "wait", "level.help", seconds=MOVE)) is Intent.NEXT:
            raise OtherMicrophone
        for attempt in range(TRIES):
            yield from self._turns.say("level.speak")
            report = yield from self._turns.measure(COUNTING, noise)
            yield from self._turns.say(f"level.{report.level.value.replace(' ', '-')}")
            if report.level is Level.FINE:
                return
            if attempt == TRIES - 1:
                break
            answer = yield from self._turns.ask("level.change", "wait", "level.change-help", seconds=MOVE)
            if answer is Intent.NEXT:
                raise OtherMicrophone
            if answer in {Intent.SKIP, Intent.NO}:
                break
        yield from self._turns.say("level.left")

    def _stop(self) -> Talk[bool]:
        """Try "stop", and again if they like; whether they want to teach a sound of their own."""
        while True:
            yield from self._trial()
            if len(self._heard) == STOPS:
                yield from self._turns.say("stop.works", times=STOPS, seconds=_seconds(max(self._heard)))
                if max(self._heard) > SLOW:
                    yield from self._turns.say("stop.slow")
                return False
            answer = yield from self._turns.ask("stop.missed", "wait", "stop.missed-help", heard=len(self._heard), times=STOPS)
            if answer is Intent.NEXT:
                raise OtherMicrophone
            if answer not in _YES:
                break
        return (yield from self._turns.ask("stop.teach", "confirm", "stop.teach-help")) is Intent.YES

    def _trial(self) -> Talk[None]:
        """Three times "stop", each with what was heard and how fast."""
        self._heard = []
        yield from self._turns.say("stop.ask", times=STOPS)
        for number in range(STOPS):
            if number:
                yield from self._turns.say("stop.next")
            answer = yield from self._turns.listen(TRIAL)
            match answer:
                case Understood(Intent.STOP, words, delay):
                    self._heard.append(delay)
                    yield from self._turns.say("stop.heard", words=words, seconds=_seconds(delay))
                case Understood(_, words, _):
                    yield from self._turns.say("stop.other", words=words)
                case NotUnderstood():
                    yield from self._turns.say("stop.unclear")
                case _:
                    yield from self._turns.say("stop.nothing")

    # --- the other settings ---

    def _others(self) -> Talk[None]:
        """Offer every other setting, one by one; without a word, or where a device goes, they stay as they are."""
        if not self._choices or (yield from self._turns.ask("other.ask", "confirm", "other.help")) is not Intent.YES:
            return
        yield from self._turns.say("other.how")
        for choice in self._choices:
            option = yield from self._choose(choice)
            self._chosen.pop(choice.setting, None)
            if option is None:
                break
            if option != choice.options[0]:
                self._chosen[choice.setting] = option.value
        yield from self._turns.say("other.done")

    def _choose(self, choice: Choice) -> Talk[Option | None]:
        """Go round the options until one is right; the present one where nobody answers, None where they have had enough."""
        at, unanswered = 0, 0
        while unanswered < TRIES:
            option = choice.options[at]
            voice = str(option.value) if choice.setting == "voice" else ""
            yield from self._turns.say_in(voice, f"set.{choice.setting}", {"value": option.spoken})
            match (yield from self._turns.listen("choose", CHOICE)):
                case Understood(Intent.NEXT | Intent.NO):
                    at, unanswered = (at + 1) % len(choice.options), 0
                case Understood(intent) if intent in _YES:
                    return option
                case Understood(Intent.SKIP):
                    return None
                case Understood(Intent.HELP):
                    yield from self._turns.say("other.how")
                case Understood(intent) if intent in MANNERS:
                    self._turns.manner.change(intent)
                case Silence():
                    unanswered += 1
                case _:
                    unanswered += 1
                    yield from self._turns.say("talk.pardon")
        return choice.options[0]

    # --- the end ---

    def _keep(self) -> Talk[None]:
        settings: dict[str, Value] = {"speaker": self._turns.using["speaker"].remembered, "microphone": self._turns.using["microphone"].remembered}
        settings |= {name: getattr(self._turns.manner, name) for name in ("words_per_minute", "volume") if name in self._turns.manner.changed}
        settings |= self._chosen
        if isinstance((yield Keep(settings)), NotKept):
            raise Over(Outcome.NOT_REMEMBERED)

    def _summary(self, *, teach: bool) -> Talk[None]:
        """Say what has been remembered; a device that goes now changes nothing of it."""
        works = len(self._heard) >= ENOUGH
        try:
            yield from self._turns.say("end.summary")
            yield from self._turns.say("end.stop-works" if works else "end.stop-fails", heard=len(self._heard), times=STOPS)
            yield from self._turns.say("end.kept")
            yield from self._turns.say("end.teach" if teach else "end.goodbye")
        except DeviceLost:
            return

    def _farewell(self, outcome: Outcome) -> Talk[None]:
        line = {Outcome.CALLED_OFF: "end.called-off", Outcome.UNANSWERED: "end.unanswered", Outcome.NO_MICROPHONE: "end.no-microphone",
                Outcome.NOT_REMEMBERED: "end.not-kept"}.get(outcome)
        if line is None:
            return
        # Where nobody has answered, nobody knows which of the loudspeakers is heard: so each of them says it.
        everywhere = outcome in {Outcome.UNANSWERED, Outcome.NO_MICROPHONE}
        for speaker in list(self._finder.speakers) if everywhere else [self._turns.using["speaker"]]:
            try:
                if not everywhere or (yield from self._finder.take("speaker", speaker)):
                    yield from self._turns.say(line)
            except DeviceLost:
                continue


def _seconds(delay: float) -> float:
    """With one decimal, and never none at all."""
    return max(0.1, round(delay, 1))

