"""The floor: the coach's mouth, what he listens for, and his two clocks. Collects the commands of one `handle` call.

Silence is counted from the moment when the coach has finished speaking, so a long line never eats the time to answer.
"""

from __future__ import annotations

from dataclasses import replace

from voicecoach.line_keys import SAFETY
from voicecoach.script import Script
from voicecoach.vocabulary import Command, Finish, Hush, Intent, Listen, Outcome, Say

ECHO_TAIL = 0.6
"""Seconds after a line in which its own words still prove nothing: room and loudspeaker delay plus the ear's."""
RATES = (0.7, 1.4)
VOLUMES = (0.25, 2.0)


class Floor:
    """Who speaks, who is listened to, and when the coach will wonder why nobody answers."""

    def __init__(self, script: Script, names: dict[str, str]) -> None:
        self.script, self.names = script, names
        self.now = 0.0
        self.loading: frozenset[Intent] = frozenset()
        """Intents that let somebody through at the present question."""
        self.alarm: float | None = None
        """Time on the session's clock at which the part wants to act, whatever is said meanwhile."""
        self.grammar = ""
        self._commands: list[Command] = []
        self._pending: dict[int, Say] = {}
        self._due: dict[int, float] = {}
        self._utterances = 0
        self._uses: dict[str, int] = {}
        self._turn: list[Say] = []
        """The lines of the coach's last turn, for "repeat"."""
        self._new_turn = True
        self._patience: float | None = None
        self._silence_at: float | None = None
        self._echo: frozenset[Intent] = frozenset()
        self._echo_until = 0.0
        self._rate = self._volume = 1.0

    # --- one call of handle ---

    def begin(self, now: float) -> None:
        """A new event is being handled. The clock never goes back, whatever the caller's does."""
        self.now = max(now, self.now)
        self._commands = []
        self._new_turn = True

    def commands(self) -> list[Command]:
        """Everything that was ordered since `begin`; starts the silence clock if nothing waits to be said."""
        if self._pending:
            self._silence_at = None
        elif self._patience is not None and self._silence_at is None:
            self._silence_at = self.now + self._patience
        return self._commands

    def finish(self, outcome: Outcome) -> None:
        """The last command of all."""
        self._patience = self.alarm = None
        self._commands.append(Finish(outcome))

    # --- the mouth ---

    def say(self, key: str, **values: str | int) -> None:
        """Speak a line of the script after those that wait; wordings of one line are used in turn."""
        line = self.script.line(key)
        used = self._uses.get(key, 0)
        self._uses[key] = used + 1
        text = self.script.speak(line.texts[used % len(line.texts)], **self.names, **values)
        self._utter(Say(0, key, text, line.to, key in SAFETY))

    def say_again(self) -> None:
        """Repeat the whole of the coach's last turn."""
        for said in list(self._turn):
            self._utter(said)

    def _utter(self, said: Say) -> None:
        if self._new_turn:
            self._turn, self._new_turn = [], False
        self._utterances += 1
        said = replace(said, utterance=self._utterances, rate=self._rate, volume=self._volume)
        self._turn.append(said)
        self._pending[said.utterance] = said
        # Twice the time that the slowest voice here takes for a letter, and time to start: later than that it is lost.
        self._due[said.utterance] = max([self.now, *self._due.values()]) + 6.0 + 0.16 * len(said.text) / self._rate
        self._commands.append(said)

    def hush(self) -> None:
        """Cut the coach off; nothing that waits will be said."""
        self._pending.clear()
        self._due.clear()
        self._commands.append(Hush())

    def change_rate(self, factor: float) -> None:
        """Speak faster or slower from the next line on."""
        self._rate = round(min(max(self._rate * factor, RATES[0]), RATES[1]), 2)

    def change_volume(self, factor: float) -> None:
        """Speak louder or quieter from the next line on."""
        self._volume = round(min(max(self._volume * factor, VOLUMES[0]), VOLUMES[1]), 2)

    @property
    def speaking(self) -> bool:
        """A line sounds, waits, or has just ended."""
        return bool(self._pending) or self.now < self._echo_until

    @property
    def expected(self) -> frozenset[Intent]:
        """The intents of the grammar that is listened for."""
        return frozenset(phrase.intent for phrase in self.script.grammars[self.grammar].phrases) if self.grammar else frozenset()

    @property
    def quiet(self) -> bool:
        """Everything that was to be said has been said."""
        return not self._pending

    @property
    def mentioned(self) -> frozenset[Intent]:
        """Intents of which a phrase stands in the line that sounds or has just ended."""
        return self._echo if self._pending or self.now < self._echo_until else frozenset()

    @property
    def overdue(self) -> bool:
        """A line should long have ended and nobody said that it did."""
        return bool(self._due) and self.now >= min(self._due.values())

    def line_started(self, utterance: int) -> None:
        """The speaker began this line."""
        if said := self._pending.get(utterance):
            self._echo = self.script.line(said.key).mentions

    def line_finished(self, utterance: int) -> None:
        """The speaker ended this line; a line that was hushed or is unknown is no news."""
        if self._pending.pop(utterance, None):
            self._echo_until = self.now + ECHO_TAIL
            del self._due[utterance]
            # The lines behind it have the whole of their time from now on.
            wait = self.now
            for number, said in self._pending.items():
                wait = self._due[number] = wait + 6.0 + 0.16 * len(said.text) / said.rate

    # --- the ear and the clocks ---

    def listen(self, grammar: str, *loading: Intent) -> None:
        """Understand `grammar` from now on; `loading` are the answers that let somebody through at this question."""
        self.loading = frozenset(loading)
        if grammar != self.grammar:
            self.grammar = grammar
            self._commands.append(Listen(grammar))

    def wait(self, seconds: float | None) -> None:
        """Count `seconds` of silence once everything is said, then call it silence; None: silence is all right."""
        self._patience, self._silence_at = seconds, None

    @property
    def silence_due(self) -> bool:
        """The people were silent for as long as the coach waits."""
        return self._silence_at is not None and self.now >= self._silence_at

    @property
    def alarm_due(self) -> bool:
        """The part's own time has come."""
        return self.alarm is not None and self.now >= self.alarm

    @property
    def deadline(self) -> float | None:
        """When the next of the clocks runs out; None when none is running."""
        clocks = [self._silence_at, self.alarm, min(self._due.values(), default=None)]
        return min((clock for clock in clocks if clock is not None), default=None)
