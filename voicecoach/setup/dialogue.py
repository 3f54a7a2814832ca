"""The set-up talk: a pure coroutine that yields one `Order` at a time and is sent its `Answer`.

It reads as the talk goes. All time is in the orders (how long to listen) and in the answers (how fast "stop" was), so it
has no clock. Every question has an end without an answer, so that nobody who cannot be heard is stuck. Nothing is
written before the end, and the coach never listens while he speaks: his own "say yes" must not count.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from voicecoach.core.speech import VOLUMES
from voicecoach.hearing.level_report import Level, LevelReport
from voicecoach.machine.devices import Kind
from voicecoach.settings.config import Value
from voicecoach.setup.choices import Choice, Option
from voicecoach.setup.lines import TRIAL
from voicecoach.setup.names import Names
from voicecoach.setup.vocabulary import (
    Answer,
    Device,
    End,
    Gone,
    Keep,
    Listen,
    Measure,
    Measured,
    NotKept,
    NotUnderstood,
    Order,
    Outcome,
    Silence,
    Speak,
    Understood,
    Use,
)
from voicecoach.vocabulary import Intent

ANSWER: Final = 6.0
"""Seconds for an answer."""
THERE: Final = 5.0
"""Seconds for an answer while devices are tried: each pair has another turn."""
CHOICE: Final = 12.0
"""Seconds to think about a setting; each is said `TRIES` times, and then stays as it was."""
MOVE: Final = 30.0
"""Seconds to lie down, or to move a microphone, before the talk goes on by itself."""
ROUNDS: Final = 2
"""So often every loudspeaker is tried with every microphone."""
TRIES: Final = 3
"""So often a question is asked, and the level measured."""
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

RATE_STEP: Final = 1.15
VOLUME_STEP: Final = 1.4
RATES: Final = (80, 300)
"""Steps and limits of the voice: those of a session and of the settings."""

_MANNERS: Final = frozenset({Intent.SLOWER, Intent.FASTER, Intent.LOUDER, Intent.QUIETER})
_ENDING: Final = frozenset({Intent.FINISH, Intent.STOP})
_YES: Final = frozenset({Intent.YES, Intent.GOOD, Intent.READY})

R = TypeVar("R")
Talk = Generator[Order, Answer, R]
"""A part of the talk, and what comes out of it."""


class _Lost(Exception):  # noqa: N818 - it steers the talk and is no error
    """A device is gone: begin again without it."""

    def __init__(self, gone: Gone) -> None:
        self.kind: Kind = gone.kind


class _OtherMicrophone(Exception):  # noqa: N818
    """They want another microphone."""


class _Over(Exception):  # noqa: N818
    """The talk ends here."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome


@dataclass(slots=True)
class Manner:
    """How the coach speaks."""

    words_per_minute: int
    volume: float = 1.0
    changed: set[str] = field(default_factory=set)
    """Names of the settings that somebody has changed."""

    def change(self, intent: Intent) -> bool:
        """Follow "slower", "louder" and so on; False at a limit."""
        if intent in {Intent.SLOWER, Intent.FASTER}:
            step = RATE_STEP if intent is Intent.FASTER else 1 / RATE_STEP
            rate = min(RATES[1], max(RATES[0], round(self.words_per_minute * step)))
            moved, self.words_per_minute = rate != self.words_per_minute, rate
            self.changed |= {"words_per_minute"} if moved else set()
        else:
            step = VOLUME_STEP if intent is Intent.LOUDER else 1 / VOLUME_STEP
            volume = min(VOLUMES[-1], max(VOLUMES[0], round(self.volume * step, 2)))
            moved, self.volume = volume != self.volume, volume
            self.changed |= {"volume"} if moved else set()
        return moved


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
        self._lines, self._manner, self._names, self._speak = lines, manner, names, speak
        self._speakers, self._microphones = list(speakers), list(microphones)
        self._choices, self._newcomers = choices, newcomers
        self._chosen: dict[str, Value] = {}
        self._speaker: Device | None = None
        self._microphone: Device | None = None
        self._greeted = False
        self._voice_tried_on: Device | None = None
        self._heard: list[float] = []
        """The delay of each "stop" that was heard in the last trial."""

    def talk(self) -> Generator[Order, Answer, End]:
        """The whole talk. Prime it with `next`; every order it yields is owed one answer by `send`."""
        try:
            teach = yield from self._try_everything()
            yield from self._keep()
            yield from self._summary(teach=teach)
        except _Over as over:
            yield from self._farewell(over.outcome)
            return End(over.outcome)
        return End(Outcome.DONE if len(self._heard) >= ENOUGH else Outcome.STOP_NOT_HEARD, teach)

    def only_names(self) -> Generator[Order, Answer, bool]:
        """Nothing but the names, on the first loudspeaker and microphone; False where one of them cannot be used."""
        try:
            for kind, devices in (("speaker", self._speakers), ("microphone", self._microphones)):
                if not (yield from self._take("speaker" if kind == "speaker" else "microphone", devices[0])):
                    return False
            if self._newcomers:
                yield from self._newcomers.learn(self._say, self._ask, self._listen_for_a_name)
        except _Lost:
            return False
        except _Over:
            pass  # what was kept before is kept
        return True

    def _names_of_the_household(self) -> Talk[None]:
        """Offer to learn names, where nobody is known yet."""
        if not self._newcomers or self._newcomers.known or (yield from self._ask("names.ask", "confirm", "names.help")) is not Intent.YES:
            return
        yield from self._newcomers.learn(self._say, self._ask, self._listen_for_a_name)

    def _listen_for_a_name(self, grammar: str) -> Talk[Answer]:
        return (yield from self._listen(grammar, CHOICE))

    def _try_everything(self) -> Talk[bool]:
        """Devices, voice, room, level and "stop"; whether they want to teach a sound. A device that goes meanwhile is replaced."""
        devices = self._find()
        while True:
            try:
                yield from devices
                yield from self._voice()
                noise = yield from self._room()
                yield from self._level(noise)
                teach = yield from self._stop()
                yield from self._names_of_the_household()
                yield from self._others()
            except _Lost as lost:
                devices = self._replace(lost.kind)
            except _OtherMicrophone:
                devices = self._other_microphone()
            else:
                return teach

    # --- finding a loudspeaker and a microphone ---

    def _find(self) -> Talk[None]:
        """Try each loudspeaker with each microphone until somebody answers on one of the pairs."""
        unanswered = 0
        while unanswered < ROUNDS and self._speakers and self._microphones:
            unanswered += 1
            for speaker in list(self._speakers):
                answer = yield from self._find_on(speaker)
                if answer is Intent.YES:
                    return
                if answer is Intent.NEXT:
                    unanswered = 0
        raise _Over(Outcome.NO_SPEAKER if not self._speakers else Outcome.UNANSWERED if self._microphones else Outcome.NO_MICROPHONE)

    def _find_on(self, speaker: Device) -> Talk[Intent | None]:
        """Try one loudspeaker with each microphone: YES, NEXT for another loudspeaker, or None for no answer."""
        if not (yield from self._take("speaker", speaker)):
            return None
        line = "find.speaker" if self._greeted else "find.hello"
        for microphone in list(self._microphones):
            if not (yield from self._take("microphone", microphone)):
                continue
            self._greeted = True
            if answer := (yield from self._anybody(line)):
                self._microphones.sort(key=lambda device: device != microphone)  # this one works: it is first from now on
                return answer
            if speaker not in self._speakers:
                break
            line = "find.microphone"
        return None

    def _anybody(self, line: str) -> Talk[Intent | None]:
        """Ask on the present pair; YES, NEXT for another loudspeaker, or None where nobody answers or a device goes."""
        hello = line == "find.hello"
        try:
            for attempt in range(TRIES):
                yield from self._say(line if not attempt else "find.again" if hello else "find.unclear")
                answer = yield from self._listen("find", THERE)
                if isinstance(answer, Understood) and (found := self._found(answer.intent)):
                    return found
                if isinstance(answer, Understood) and answer.intent is Intent.HELP:
                    yield from self._say("find.help")
                elif isinstance(answer, Understood) and answer.intent in _MANNERS:
                    self._manner.change(answer.intent)
                elif isinstance(answer, Silence) and (attempt or not hello):
                    return None  # the first pair is asked twice: people need to find out what is going on
                hello = hello and isinstance(answer, Silence)
        except _Lost as lost:
            self._drop(lost.kind)
        return None

    def _found(self, intent: Intent) -> Intent | None:
        """What an answer says about the pair. Who says "no, next" hears the coach too."""
        if intent is Intent.NEXT and len(self._speakers) > 1:
            return Intent.NEXT
        return Intent.YES if intent in {Intent.YES, Intent.NEXT} else None

    def _take(self, kind: Kind, device: Device) -> Talk[bool]:
        """Use a device; False, and it is not tried again, if it cannot be used."""
        if isinstance((yield Use(kind, device)), Gone):
            self._forget(kind, device)
            return False
        if kind == "speaker":
            self._speaker = device
        else:
            self._microphone = device
        return True

    def _drop(self, kind: Kind) -> None:
        device = self._speaker if kind == "speaker" else self._microphone
        if device:
            self._forget(kind, device)

    def _forget(self, kind: Kind, device: Device) -> None:
        devices = self._speakers if kind == "speaker" else self._microphones
        if device in devices:
            devices.remove(device)

    def _replace(self, kind: Kind) -> Talk[None]:
        """Go on without a device that was lost: ask again on those that are left."""
        lost = self._speaker if kind == "speaker" else self._microphone
        self._drop(kind)
        if kind == "microphone" and lost:
            try:
                yield from self._say("find.lost-microphone", microphone=lost.spoken)
            except _Lost:
                self._drop("speaker")
        yield from self._find()
        if kind == "speaker" and lost:
            yield from self._say("find.lost-speaker", speaker=lost.spoken)

    def _other_microphone(self) -> Talk[None]:
        """The next one in the list that can be opened; the present one if there is no other."""
        at = self._microphones.index(self._microphone) if self._microphone in self._microphones else 0
        for device in [*self._microphones[at + 1 :], *self._microphones[:at]]:
            if (yield from self._take("microphone", device)):
                yield from self._say("find.other-microphone", microphone=device.spoken)
                return
        if self._microphone:
            yield from self._take("microphone", self._microphone)
        yield from self._say("find.only-microphone")

    # --- the trials ---

    def _voice(self) -> Talk[None]:
        """Rate and loudness, once for each loudspeaker."""
        yield from self._say("find.found")
        if self._voice_tried_on is self._speaker:
            return
        line = "voice.ask"
        while (yield from self._ask(line, "voice", "voice.help", again="voice.again")) is Intent.NO:
            line = "voice.help"
        self._voice_tried_on = self._speaker
        yield from self._say("voice.kept")

    def _room(self) -> Talk[float]:
        """The noise of the room in dBFS, after somebody had the chance to make it quieter."""
        yield from self._say("room.ask")
        for attempt in range(TRIES):
            noise = (yield from self._measure(ROOM)).noise
            if noise <= LOUD_ROOM:
                yield from self._say("room.quiet")
                return noise
            if attempt == TRIES - 1:
                break
            if (yield from self._ask("room.loud", "wait", "room.help", seconds=MOVE)) in {Intent.SKIP, Intent.NO}:
                return noise
            yield from self._say("room.ask")
        yield from self._say("room.still-loud")
        return noise

    def _level(self, noise: float) -> Talk[None]:
        """Measure from where the client will lie, and help until it is fine or they want to go on."""
        if (yield from self._ask("level.ask", "wait", "level.help", seconds=MOVE)) is Intent.NEXT:
            raise _OtherMicrophone
        for attempt in range(TRIES):
            yield from self._say("level.speak")
            report = yield from self._measure(COUNTING, noise)
            yield from self._say(f"level.{report.level.value.replace(' ', '-')}")
            if report.level is Level.FINE:
                return
            if attempt == TRIES - 1:
                break
            answer = yield from self._ask("level.change", "wait", "level.change-help", seconds=MOVE)
            if answer is Intent.NEXT:
                raise _OtherMicrophone
            if answer in {Intent.SKIP, Intent.NO}:
                break
        yield from self._say("level.left")

    def _stop(self) -> Talk[bool]:
        """Try "stop", and again if they like; whether they want to teach a sound of their own."""
        while True:
            yield from self._trial()
            if len(self._heard) == STOPS:
                yield from self._say("stop.works", times=STOPS, seconds=_seconds(max(self._heard)))
                if max(self._heard) > SLOW:
                    yield from self._say("stop.slow")
                return False
            answer = yield from self._ask("stop.missed", "wait", "stop.missed-help", heard=len(self._heard), times=STOPS)
            if answer is Intent.NEXT:
                raise _OtherMicrophone
            if answer not in _YES:
                break
        return (yield from self._ask("stop.teach", "confirm", "stop.teach-help")) is Intent.YES

    def _trial(self) -> Talk[None]:
        """Three times "stop", each with what was heard and how fast."""
        self._heard = []
        yield from self._say("stop.ask", times=STOPS)
        for number in range(STOPS):
            if number:
                yield from self._say("stop.next")
            answer = yield from self._listen(TRIAL)
            match answer:
                case Understood(Intent.STOP, words, delay):
                    self._heard.append(delay)
                    yield from self._say("stop.heard", words=words, seconds=_seconds(delay))
                case Understood(_, words, _):
                    yield from self._say("stop.other", words=words)
                case NotUnderstood():
                    yield from self._say("stop.unclear")
                case _:
                    yield from self._say("stop.nothing")

    # --- the other settings ---

    def _others(self) -> Talk[None]:
        """Offer every other setting, one by one; without a word, or where a device goes, they stay as they are."""
        if not self._choices or (yield from self._ask("other.ask", "confirm", "other.help")) is not Intent.YES:
            return
        yield from self._say("other.how")
        for choice in self._choices:
            option = yield from self._choose(choice)
            self._chosen.pop(choice.setting, None)
            if option is None:
                break
            if option != choice.options[0]:
                self._chosen[choice.setting] = option.value
        yield from self._say("other.done")

    def _choose(self, choice: Choice) -> Talk[Option | None]:
        """Go round the options until one is right; the present one where nobody answers, None where they have had enough."""
        at, unanswered = 0, 0
        while unanswered < TRIES:
            option = choice.options[at]
            voice = str(option.value) if choice.setting == "voice" else ""
            yield from self._say_in(voice, f"set.{choice.setting}", {"value": option.spoken})
            match (yield from self._listen("choose", CHOICE)):
                case Understood(Intent.NEXT | Intent.NO):
                    at, unanswered = (at + 1) % len(choice.options), 0
                case Understood(intent) if intent in _YES:
                    return option
                case Understood(Intent.SKIP):
                    return None
                case Understood(Intent.HELP):
                    yield from self._say("other.how")
                case Understood(intent) if intent in _MANNERS:
                    self._manner.change(intent)
                case Silence():
                    unanswered += 1
                case _:
                    unanswered += 1
                    yield from self._say("talk.pardon")
        return choice.options[0]

    # --- the end ---

    def _keep(self) -> Talk[None]:
        settings: dict[str, Value] = {"speaker": self._the_speaker.remembered, "microphone": self._the_microphone.remembered}
        settings |= {name: getattr(self._manner, name) for name in ("words_per_minute", "volume") if name in self._manner.changed}
        settings |= self._chosen
        if isinstance((yield Keep(settings)), NotKept):
            raise _Over(Outcome.NOT_REMEMBERED)

    def _summary(self, *, teach: bool) -> Talk[None]:
        """Say what has been remembered; a device that goes now changes nothing of it."""
        works = len(self._heard) >= ENOUGH
        try:
            yield from self._say("end.summary")
            yield from self._say("end.stop-works" if works else "end.stop-fails", heard=len(self._heard), times=STOPS)
            yield from self._say("end.kept")
            yield from self._say("end.teach" if teach else "end.goodbye")
        except _Lost:
            return

    def _farewell(self, outcome: Outcome) -> Talk[None]:
        line = {Outcome.CALLED_OFF: "end.called-off", Outcome.UNANSWERED: "end.unanswered", Outcome.NO_MICROPHONE: "end.no-microphone",
                Outcome.NOT_REMEMBERED: "end.not-kept"}.get(outcome)
        if line is None:
            return
        # Where nobody has answered, nobody knows which of the loudspeakers is heard: so each of them says it.
        everywhere = outcome in {Outcome.UNANSWERED, Outcome.NO_MICROPHONE}
        for speaker in list(self._speakers) if everywhere else [self._the_speaker]:
            try:
                if not everywhere or (yield from self._take("speaker", speaker)):
                    yield from self._say(line)
            except _Lost:
                continue

    # --- one turn of the talk ---

    def _say(self, key: str, **values: str | float) -> Talk[None]:
        yield from self._say_in("", key, values)

    def _say_in(self, voice: str, key: str, values: Mapping[str, str | float]) -> Talk[None]:
        text = self._text(key, values)
        self._check((yield Speak(key, text, self._manner.words_per_minute, self._manner.volume, voice)))

    def _text(self, key: str, values: Mapping[str, str | float]) -> str:
        return self._speak(self._lines[key], **{**self._devices(), **self._names, **values})

    def _devices(self) -> dict[str, str]:
        return {kind: device.spoken for kind, device in (("speaker", self._speaker), ("microphone", self._microphone)) if device}

    def _listen(self, grammar: str, seconds: float = ANSWER) -> Talk[Answer]:
        """Listen once. "Finish", and "stop" wherever it is not being tried, end the set-up if they are meant so."""
        answer = self._check((yield Listen(grammar, seconds)))
        if grammar == TRIAL or not _is(answer, _ENDING):
            return answer
        yield from self._say("end.sure")  # noise is taken for "stop" more easily than for any other word
        if _is(self._check((yield Listen("confirm", ANSWER))), {Intent.YES, *_ENDING}):
            raise _Over(Outcome.CALLED_OFF)
        return NotUnderstood()

    def _measure(self, seconds: float, noise: float | None = None) -> Talk[LevelReport]:
        answer = self._check((yield Measure(seconds, noise)))
        if not isinstance(answer, Measured):
            raise TypeError(f"a measurement is not answered by {answer}")
        return answer.report

    @staticmethod
    def _check(answer: Answer) -> Answer:
        if isinstance(answer, Gone):
            raise _Lost(answer)
        return answer

    def _ask(self, key: str, grammar: str, helps: str, *, seconds: float = ANSWER, again: str = "", **values: str | float) -> Talk[Intent | None]:
        """Ask until there is an answer, with the conversation that makes sense everywhere; None where nobody answers.

        `again` is a shorter line for after a change of the voice.
        """
        line, unanswered = key, 0
        while unanswered < TRIES:
            yield from self._say(line, **values)
            answer = yield from self._listen(grammar, seconds)
            line = key
            match answer:
                case Understood(intent) if intent in _MANNERS:
                    line = again or key
                    if not self._manner.change(intent):
                        yield from self._say("voice.limit")
                case Understood(Intent.REPEAT):
                    pass
                case Understood(Intent.HELP):
                    line = helps
                case Understood(intent):
                    return intent
                case NotUnderstood():
                    unanswered += 1
                    line = "talk.pardon"
                case _:
                    if seconds >= MOVE:
                        return None  # long enough
                    unanswered += 2
        return None

    @property
    def _the_speaker(self) -> Device:
        return _there(self._speaker)

    @property
    def _the_microphone(self) -> Device:
        return _there(self._microphone)


def _is(answer: Answer, intents: Collection[Intent]) -> bool:
    return isinstance(answer, Understood) and answer.intent in intents


def _there(device: Device | None) -> Device:
    if device is None:
        raise RuntimeError("no device has been taken yet")
    return device


def _seconds(delay: float) -> float:
    """With one decimal, and never none at all."""
    return max(0.1, round(delay, 1))

