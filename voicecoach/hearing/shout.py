"""The ear for a shout: any loud sound that lasts, whatever is shouted. Off unless the settings ask for it.

For somebody who cries out instead of saying a word. It hears only levels: a sound far above the room and far above how loudly
people, and the coach's own loudspeaker, have been in this session, for longer than a knock. It can only release, and only
while somebody may be pushed. What the numbers rest on stands in docs/decisions/shout.md.
"""

from __future__ import annotations

from collections import deque
from typing import Final

import numpy as np

from voicecoach.audio import RATE, Samples
from voicecoach.hearing.hypothesis import Grammar, Hypothesis, Phrase
from voicecoach.vocabulary import Intent

NAME: Final = "shout"
FORCE_GRAMMARS: Final = frozenset({"stretch", "hold"})
"""The grammars of the moments in which somebody may be pushed."""
FRAME: Final = RATE // 50
"""Samples, 20 ms."""
LOUD_FRAMES, OF_FRAMES = 8, 9
"""So many of so many frames in a row have to be loud: 160 ms, with one dip. A clap or a knock is over by then."""
ABOVE_SPEECH: Final = 7.5
"""Decibels above the loud parts of ordinary talk, which are 8 above its mean. "Louder" and "louder" make the coach 6 louder."""
ABOVE_ROOM: Final = 25.0
"""Decibels above the room's own noise."""
ACTIVE: Final = 10.0
"""Decibels above the room from which a frame tells how loudly people speak."""
TALK_SHARE: Final = 95
"""Per cent of those frames that are no louder than "the loud parts of ordinary talk"."""
MEMORY: Final = 3000
"""Active frames, a minute of talk, that tell it."""
LEARNED: Final = 100
"""Active frames, 2 s, before which nothing is known and nothing is a shout. The screening has many more."""
ROOM_MEMORY: Final = 250
"""Frames, 5 s, whose quietest tenth is the room."""
SILENT: Final = -70.0
"""dBFS: no room counts as quieter."""
MACHINE: Final = 150
"""Loud frames, 3 s: what is loud for longer is a machine or music, and from then on counts as how loud it is here."""
AGAIN: Final = 25
"""Frames, 0.5 s, that have to be quieter before the next shout."""


class Shouts:
    """Follows the levels of the room and of talk, and finds what towers above both. Pure."""

    def __init__(self) -> None:
        self._room: deque[float] = deque(maxlen=ROOM_MEMORY)
        self._talk: deque[float] = deque(maxlen=MEMORY)
        self._recent: deque[bool] = deque(maxlen=OF_FRAMES)
        self._run = 0
        self._quiet = AGAIN
        self._bar: float | None = None
        self._frames = 0
        self._floor = SILENT

    @property
    def bar(self) -> float | None:
        """The level in dBFS that a frame has to reach; None while too little talk has been heard."""
        return self._bar

    def accept(self, frame: Samples) -> bool:
        """Take the next `FRAME` samples; True when a shout has lasted long enough with them."""
        level = max(SILENT, 10 * float(np.log10(np.mean(np.square(frame)) + 1e-12)))
        loud = self._bar is not None and level >= self._bar
        self._learn(level, loud=loud)
        self._recent.append(loud)
        self._quiet = 0 if loud else self._quiet + 1
        if self._quiet >= AGAIN:
            self._run = 0
        before, self._run = self._run, self._run + (sum(self._recent) >= LOUD_FRAMES)
        return before == 0 and self._run == 1

    def _learn(self, level: float, *, loud: bool) -> None:
        """A shout says nothing of how loudly people talk here, but a machine that goes on does."""
        self._room.append(level)
        if self._frames % AGAIN == 0 or self._bar is None:
            room = float(np.percentile(np.array(self._room), 10))
            self._floor = room
            if len(self._talk) >= LEARNED:
                self._bar = max(float(np.percentile(np.array(self._talk), TALK_SHARE)) + ABOVE_SPEECH, room + ABOVE_ROOM)
        self._frames += 1
        if level >= self._floor + ACTIVE and (not loud or self._run > MACHINE):
            self._talk.append(level)


class ShoutEar:
    """A `voicecoach.engines.Recogniser` that reports "stop" for a shout while somebody may be pushed, and nothing else.

    It listens all the time to learn how loud this room and these people are.
    """

    def __init__(self) -> None:
        self.name = NAME
        self.release_only = True
        self._shouts = Shouts()
        self._force = False
        self._rest: Samples = np.zeros(0, np.float32)
        self._now = 0

    def check(self) -> None:
        """It needs nothing."""

    def listen(self, grammar: Grammar) -> None:
        """From now on a shout is a stop, if this is the grammar of a moment with force."""
        self._force = grammar.name in FORCE_GRAMMARS

    def edge(self) -> None:
        """A line of the coach begins or ends; a level knows no lines."""

    def retract(self, hypothesis: Hypothesis) -> None:
        """Nothing to do: a shout that goes on is no second one."""

    def accept(self, samples: Samples) -> list[Hypothesis]:
        """Take the next samples, any number of them, and return what was decided on them."""
        sound = np.concatenate((self._rest, np.clip(np.nan_to_num(np.asarray(samples, np.float32)), -1.0, 1.0)))
        whole = len(sound) // FRAME * FRAME
        self._rest = sound[whole:]
        found: list[Hypothesis] = []
        for at in range(0, whole, FRAME):
            self._now += FRAME
            if self._shouts.accept(sound[at : at + FRAME]) and self._force:
                start = max(0, self._now - OF_FRAMES * FRAME)
                found.append(Hypothesis(self.name, Phrase("a shout", Intent.STOP), True, 0.0, True, "", start / RATE, self._now / RATE))
        return found
