"""The floor: the coach's mouth, what he listens for, and his two clocks. Collects the commands of one `handle` call.

Silence is counted from the moment when the coach has finished speaking, so a long line never eats the time to answer.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from voicecoach.core.chimes import STATEMENTS, Chimes
from voicecoach.core.choices import listed, pages
from voicecoach.core.household import Person
from voicecoach.core.question import Question
from voicecoach.core.speech import PAUSES, RATES, SAFETY_VOLUME, VOLUMES, Speech, rung
from voicecoach.language.line_keys import SAFETY, relieves, urges
from voicecoach.language.script import Script, names
from voicecoach.vocabulary import Chime, Command, Earcon, Finish, Heard, Hush, Intent, KeepPerson, Listen, Outcome, Say

ECHO_TAIL = 0.6
"""Seconds after a line in which its own words still prove nothing: room and loudspeaker delay plus the ear's."""
SLOWEST = 0.16
"""Twice the seconds that the slowest voice here takes for a letter; a line that lasts longer is lost."""
START = 6.0
"""Seconds that a line may take to begin."""
NO_OTHER_NAMES: Mapping[str, str] = {}
DOZE = 1.5
"""Seconds between two events after which the machine has slept: the ears alone report twice a second."""


class Floor:
    """Who speaks, who is listened to, and when the coach will wonder why nobody answers."""

    def __init__(self, script: Script, speech: Speech | None = None, earcons: str = "few",
                 spoken: int = 0, respelled: Mapping[str, str] = NO_OTHER_NAMES) -> None:
        self._respelled = respelled
        """How the other names of the household are pronounced."""
        self.script, self.names = script, names(script)
        self._chimes = Chimes(earcons)
        self.speech = speech or Speech()
        self.patience = PAUSES[2]
        """Seconds of silence before a question is asked again."""
        self.now = 0.0
        self.loading: frozenset[Intent] = frozenset()
        """Intents that let somebody through at the present question."""
        self.alarm: float | None = None
        """Time on the session's clock at which the part wants to act, whatever is said meanwhile."""
        self.grammar = ""
        self.question = Question()
        self._expected: frozenset[Intent] = frozenset()
        self._commands: list[Command] = []
        self._pending: dict[int, Say] = {}
        self._due: dict[int, float] = {}
        self._utterances = spoken
        self._uses: dict[str, int] = {}
        self._turn: list[Say] = []
        """The lines of the coach's last turn, for "repeat"."""
        self._new_turn = True
        self._spoken: set[str] = set()
        self._offered: dict[str, frozenset[Intent]] = {}
        """What the texts mention whose words are only known now."""
        self._page = 0
        """How often in a row it was asked what can be said."""
        self._patience: float | None = None
        self._silence_at: float | None = None
        self._sounding: Say | None = None
        self._echoes: dict[Intent, float] = {}
        """Until when each intent may be the echo of a line that has ended."""
        self._places: frozenset[str] = frozenset()
        """The places that the line that sounds names."""
        self._place_echoes: dict[str, float] = {}
        """Until when each place may be the echo of a line that has ended."""
        self._tail_until = 0.0
        self._awake_until = 0.0

    def name(self, client: Person, partner: Person) -> None:
        """Call the two so from now on."""
        self.names = names(self.script, client.called, partner.called)
        self.speech = replace(self.speech, client=client.sounds, partner=partner.sounds)

    # --- one call of handle ---

    def begin(self, now: float) -> None:
        """A new event is being handled. The clock never goes back, whatever the caller's does; what is no time is no news."""
        now = now if math.isfinite(now) else self.now
        self._awake_until = min(max(now, self.now), self.now + DOZE)
        self.now = max(now, self.now)
        self._commands = []
        self._new_turn = True
        self._chimes.begin()

    def commands(self) -> list[Command]:
        """Everything that was ordered since `begin`; starts the silence clock if nothing waits to be said."""
        if self._pending:
            self._silence_at = None
        elif self._patience is not None and self._silence_at is None:
            self._silence_at = self.now + self._patience
        self._chimes.settle(self._commands, self.speech.volume)
        return self._commands

    @property
    def awake_until(self) -> float:
        """Now, or the time when the machine fell asleep if this event has just woken it: nobody was coached since."""
        return self._awake_until

    def finish(self, outcome: Outcome) -> None:
        """The last command of all."""
        self._patience = self.alarm = None
        self._commands.append(Finish(outcome))

    @property
    def utterances(self) -> int:
        """How many lines have been ordered."""
        return self._utterances

    # --- the mouth ---

    def say(self, key: str, **values: str | float) -> None:
        """Speak a line of the script after those that wait; wordings of one line are used in turn."""
        if self._new_turn:
            self._turn, self._new_turn = [], False
        self._turn.append(self._utter(self._worded(key, values)))

    def offer(self, pointless: frozenset[Intent]) -> None:
        """Tell what can be said now but for what is `pointless`; whoever asks again is told the rest."""
        grammar = self.script.grammars[self.grammar]
        portions = pages(grammar, pointless)
        if portions:
            portion = portions[self._page % len(portions)]
            self.say("help.more" if self._page % len(portions) else "help.list", choices=listed(portion, self.script.language))
            text = self._turn[-1].text
            self._offered[text] = self.script.mentions(text)
        if Intent.PAIN in self._expected and not self._page:
            self.say("help.hurts")
        self._page += 1

    def ask(self, key: str, **values: str | float) -> None:
        """Speak a line that asks a question anew; `say` repeats one that is open."""
        self.question.ask(key)
        self.say(key, **values)

    def remind(self, key: str, **values: str | float) -> None:
        """Speak a line that points to the last turn: "repeat" still means that turn."""
        self._utter(self._worded(key, values))

    def keep_person(self, name: str, written: tuple[str, ...] = (), ear: str = "", *, by_name: bool = True) -> None:
        """Order that somebody new be written into the household's file."""
        self._commands.append(KeepPerson(name, written, ear if written else "", by_name))

    def say_again(self) -> bool:
        """Repeat the coach's last turn, but for lines that make the partner push; False when nothing is left of it."""
        again = [said for said in self._turn if not urges(said.key)]
        if self._pending and all(waiting in again for waiting in self._pending.values()):
            self.hush()
        if any(said.key == self.question.key for said in again):
            # Whoever wants to hear it again has not answered it.
            self.question.ask(self.question.key)
        self._turn, self._new_turn = [self._utter(said) for said in again], False
        return bool(again)

    def _worded(self, key: str, values: dict[str, str | float]) -> Say:
        used = self._uses.get(key, 0)
        self._uses[key] = used + 1
        return self.worded(key, values, used)

    def worded(self, key: str, values: Mapping[str, str | float], turn: int = 0) -> Say:
        """A line with its placeholders filled in, in the wording whose turn it is; nothing is ordered by that."""
        line = self.script.line(key)
        wording = line.texts[turn % len(line.texts)]
        text = self.script.speak(wording, **self.names, **values)
        sounds = {name: self._respelled.get(value, value) if isinstance(value, str) else value for name, value in values.items()}
        spoken = self.script.speak(wording, **{**self.names, **self.speech.respelled}, **sounds)
        return Say(0, key, text, line.to, key in SAFETY, spoken="" if spoken == text else spoken)

    def _utter(self, said: Say) -> Say:
        self._utterances += 1
        volume = max(self.speech.volume, SAFETY_VOLUME) if said.safety else self.speech.volume
        said = replace(said, utterance=self._utterances, rate=self.speech.rate, volume=volume)
        self._pending[said.utterance] = said
        self._due[said.utterance] = self._latest_end(said, max([self.now, *self._due.values()]))
        self._commands.append(said)
        self._chimes.spoken()
        return said

    def _latest_end(self, said: Say, begin: float) -> float:
        return begin + START + SLOWEST * len(said.text) / said.rate

    def hush(self) -> None:
        """Cut the coach off; nothing that waits will be said."""
        self._fade()
        self.question.cut_off()
        self._pending.clear()
        self._due.clear()
        self._commands.append(Hush())

    def chime(self, earcon: Earcon) -> None:
        """Play `earcon` after the lines that wait, if the people want to hear it."""
        if self._chimes.wanted(earcon):
            self._commands.append(Chime(earcon, self.speech.volume))

    def acknowledge(self, earcon: Earcon) -> None:
        """Answer the present event with `earcon`; while the coach speaks that would come too late, and is left out."""
        if self.quiet:
            self._chimes.owe(earcon)

    @property
    def asking(self) -> bool:
        """The coach waits for an answer of the people."""
        return bool(self._patience) and self.grammar not in STATEMENTS

    def cut(self) -> None:
        """Make room for something else; but a line that takes force away is always spoken to its end."""
        if self._pending and not self._relieving:
            self.hush()

    @property
    def _relieving(self) -> bool:
        """A line that takes force away sounds or waits."""
        return any(relieves(said.key) for said in self._pending.values())

    def answers(self, heard: Heard) -> bool:
        """Whether `heard` answers the open question now; one that comes early is kept until the question has been spoken.

        What else waits to be said after a question that was heard is of no more use to somebody who answers.
        """
        if self.question.heard:
            self.cut()
        if not self.quiet:
            self.question.keep(heard, self.now)
        return self.quiet

    def early_answer(self) -> Heard | None:
        """The answer that came before the question's end, now that the end has come; the coach makes room for it."""
        answer = None if self._relieving else self.question.take_answer()
        if answer:
            self.cut()
        return answer

    @property
    def urging(self) -> bool:
        """A line that makes the partner push sounds or waits."""
        return any(urges(said.key) for said in self._pending.values())

    def spoken(self, key: str) -> bool:
        """Whether this line has ever been spoken to its end."""
        return key in self._spoken

    def change_rate(self, *, up: bool) -> bool:
        """Speak faster or slower from the next line on; False where the ladder ends."""
        rate = rung(RATES, self.speech.rate, up=up)
        self.speech = replace(self.speech, rate=rate or self.speech.rate)
        return rate is not None

    def change_volume(self, *, up: bool) -> bool:
        """Speak louder or quieter from the next line on; False where the ladder ends."""
        volume = rung(VOLUMES, self.speech.volume, up=up)
        self.speech = replace(self.speech, volume=volume or self.speech.volume)
        return volume is not None

    def change_patience(self, *, up: bool) -> bool:
        """Give more or less time for answers, to the open question too; False where the ladder ends."""
        before, patience = self.patience, rung(PAUSES, self.patience, up=up)
        self.patience = patience or before
        if self._patience == before:
            self.wait(self.patience)
        return patience is not None

    @property
    def speaking(self) -> bool:
        """A line sounds, waits, or has just ended."""
        return bool(self._pending) or self.now < self._tail_until

    @property
    def expected(self) -> frozenset[Intent]:
        """The intents of the grammar that is listened for."""
        return self._expected

    @property
    def quiet(self) -> bool:
        """Everything that was to be said has been said."""
        return not self._pending

    @property
    def mentioned(self) -> frozenset[Intent]:
        """Intents of which a phrase stands in the line that sounds, or in one that has just ended."""
        echoes = frozenset(intent for intent, until in self._echoes.items() if until > self.now)
        return echoes | self._own_words()

    @property
    def named_places(self) -> frozenset[str]:
        """The same for places, by their slots."""
        return self._places | {slot for slot, until in self._place_echoes.items() if until > self.now}

    def _own_words(self) -> frozenset[Intent]:
        if self._sounding is None:
            return frozenset()
        return self.script.line(self._sounding.key).mentions | self._offered.get(self._sounding.text, frozenset())

    def _fade(self) -> None:
        """The line that sounded ends; its words are in the room for a moment longer."""
        if self._sounding:
            self._tail_until = self.now + ECHO_TAIL
            self._echoes |= dict.fromkeys(self._own_words(), self._tail_until)
            self._place_echoes |= dict.fromkeys(self._places, self._tail_until)
        self._sounding, self._places = None, frozenset()

    @property
    def overdue(self) -> bool:
        """A line should long have ended and nobody said that it did."""
        return bool(self._due) and self.now >= min(self._due.values())

    def line_started(self, utterance: int) -> None:
        """The speaker began this line."""
        if said := self._pending.get(utterance):
            self._fade()
            self._sounding, self._places = said, self.script.places(said.text)
            self.question.line_started(said.key, self.now)

    def line_finished(self, utterance: int) -> None:
        """The speaker ended this line; a line that was hushed or is unknown is no news."""
        if said := self._pending.pop(utterance, None):
            self._spoken.add(said.key)
            self.question.line_finished(said.key)
            if said == self._sounding:
                self._fade()
            del self._due[utterance]
            # The lines behind it have the whole of their time from now on.
            end = self.now
            for number, waiting in self._pending.items():
                end = self._due[number] = self._latest_end(waiting, end)
            if self.quiet and self.asking:
                self.chime(Earcon.LISTENING)

    # --- the ear and the clocks ---

    def listen(self, grammar: str, *loading: Intent) -> None:
        """Understand `grammar` from now on; `loading` are the answers that let somebody through at this question."""
        if (grammar, frozenset(loading)) != (self.grammar, self.loading):
            self.question.close()
        self.loading = frozenset(loading)
        if grammar != self.grammar:
            self.grammar = grammar
            self._page = 0
            self._expected = frozenset(phrase.intent for phrase in self.script.grammars[grammar].phrases)
            self._commands.append(Listen(grammar))

    def wait(self, seconds: float | None) -> None:
        """Count `seconds` of silence once everything is said, then call it silence; None: silence is all right."""
        self._patience, self._silence_at = seconds, None

    @property
    def silence_at(self) -> float | None:
        """When it will be called silence; None while the coach speaks, or where silence is all right."""
        return self._silence_at

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
