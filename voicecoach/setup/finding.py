"""Which loudspeaker and microphone the set-up is done with: every pair is tried until somebody answers on one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from voicecoach.machine.devices import Kind
from voicecoach.setup.turns import MANNERS, TRIES, DeviceLost, Over, Talk, Turns
from voicecoach.setup.vocabulary import Device, Gone, Outcome, Silence, Understood, Use
from voicecoach.vocabulary import Intent

THERE: Final = 5.0
"""Seconds for an answer while devices are tried: each pair has another turn."""
ROUNDS: Final = 2
"""So often every loudspeaker is tried with every microphone."""


class Finder:
    """Takes devices and gives them up.

    Args:
        turns: the talk.
        speakers: the loudspeakers to be tried, in this order.
        microphones: the same.
    """

    def __init__(self, turns: Turns, speakers: Sequence[Device], microphones: Sequence[Device]) -> None:
        self._turns = turns
        self.speakers, self.microphones = list(speakers), list(microphones)
        """Those that can be used, as far as is known; the microphone that has worked is first."""
        self._greeted = False

    def find(self) -> Talk[None]:
        """Try each loudspeaker with each microphone until somebody answers on one of the pairs."""
        unanswered = 0
        while unanswered < ROUNDS and self.speakers and self.microphones:
            unanswered += 1
            for speaker in list(self.speakers):
                answer = yield from self._find_on(speaker)
                if answer is Intent.YES:
                    return
                if answer is Intent.NEXT:
                    unanswered = 0
        raise Over(Outcome.NO_SPEAKER if not self.speakers else Outcome.UNANSWERED if self.microphones else Outcome.NO_MICROPHONE)

    def _find_on(self, speaker: Device) -> Talk[Intent | None]:
        """Try one loudspeaker with each microphone: YES, NEXT for another loudspeaker, or None for no answer."""
        if not (yield from self.take("speaker", speaker)):
            return None
        line = "find.speaker" if self._greeted else "find.hello"
        for microphone in list(self.microphones):
            if not (yield from self.take("microphone", microphone)):
                continue
            self._greeted = True
            if answer := (yield from self._anybody(line)):
                self.microphones.sort(key=lambda device: device != microphone)  # this one works: it is first from now on
                return answer
            if speaker not in self.speakers:
                break
            line = "find.microphone"
        return None

    def _anybody(self, line: str) -> Talk[Intent | None]:
        """Ask on the present pair; YES, NEXT for another loudspeaker, or None where nobody answers or a device goes."""
        hello = line == "find.hello"
        try:
            for attempt in range(TRIES):
                yield from self._turns.say(line if not attempt else "find.again" if hello else "find.unclear")
                answer = yield from self._turns.listen("find", THERE)
                if isinstance(answer, Understood) and (found := self._found(answer.intent)):
                    return found
                if isinstance(answer, Understood) and answer.intent is Intent.HELP:
                    yield from self._turns.say("find.help")
                elif isinstance(answer, Understood) and answer.intent in MANNERS:
                    self._turns.manner.change(answer.intent)
                elif isinstance(answer, Silence) and (attempt or not hello):
                    return None  # the first pair is asked twice: people need to find out what is going on
                hello = hello and isinstance(answer, Silence)
        except DeviceLost as lost:
            self._drop(lost.kind)
        return None

    def _found(self, intent: Intent) -> Intent | None:
        """What an answer says about the pair. Who says "no, next" hears the coach too."""
        if intent is Intent.NEXT and len(self.speakers) > 1:
            return Intent.NEXT
        return Intent.YES if intent in {Intent.YES, Intent.NEXT} else None

    def take(self, kind: Kind, device: Device) -> Talk[bool]:
        """Use a device; False, and it is not tried again, if it cannot be used."""
        if isinstance((yield Use(kind, device)), Gone):
            self._forget(kind, device)
            return False
        self._turns.using[kind] = device
        return True

    def _drop(self, kind: Kind) -> None:
        if device := self._turns.using.get(kind):
            self._forget(kind, device)

    def _forget(self, kind: Kind, device: Device) -> None:
        devices = self.speakers if kind == "speaker" else self.microphones
        if device in devices:
            devices.remove(device)

    def replace(self, kind: Kind) -> Talk[None]:
        """Go on without a device that was lost: ask again on those that are left."""
        lost = self._turns.using.get(kind)
        self._drop(kind)
        if kind == "microphone" and lost:
            try:
                yield from self._turns.say("find.lost-microphone", microphone=lost.spoken)
            except DeviceLost:
                self._drop("speaker")
        yield from self.find()
        if kind == "speaker" and lost:
            yield from self._turns.say("find.lost-speaker", speaker=lost.spoken)

    def other_microphone(self) -> Talk[None]:
        """The next one in the list that can be opened; the present one if there is no other."""
        present = self._turns.using.get("microphone")
        at = self.microphones.index(present) if present in self.microphones else 0
        for device in [*self.microphones[at + 1 :], *self.microphones[:at]]:
            if (yield from self.take("microphone", device)):
                yield from self._turns.say("find.other-microphone", microphone=device.spoken)
                return
        if present:
            yield from self.take("microphone", present)
        yield from self._turns.say("find.only-microphone")
