"""A person of a rehearsal who speaks by recordings: a folder of takes, each of them a few words."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

from pydantic import Field, RootModel

from voicecoach.audio import RATE, Pcm, read
from voicecoach.engines import Voice
from voicecoach.errors import Problem, ScriptError
from voicecoach.language.datafile import DataFile

INDEX = "takes.yml"
"""The file that tells which words are in which recordings."""

Takes = Annotated[list[Annotated[str, Field(min_length=1)]], Field(min_length=1)]


class Index(RootModel[dict[str, Takes]]):
    """Words, and the files of their takes."""


class RecordedVoice:
    """A `Voice` of recordings, which takes the takes of one text in turn; another voice speaks what was never recorded."""

    name = "recorded"

    def __init__(self, takes: dict[str, list[Path]], other: Voice) -> None:
        """Speak with the files of `takes`, and with `other` whatever is not among them."""
        self._takes, self._other = takes, other
        self._turns: Counter[str] = Counter()

    def check(self) -> None:
        """See `Voice.check`."""
        self._other.check()

    def render(self, text: str, rate: float = 1.0) -> Pcm:
        """See `Voice.render`; a recording has its own speed.

        Raises:
            AudioFileError: a recording cannot be read.
        """
        if text not in self._takes:
            return self._other.render(text, rate)
        takes = self._takes[text]
        path = takes[self._turns[text] % len(takes)]
        self._turns[text] += 1
        return Pcm(read(path), RATE)


def load_takes(folder: Path) -> dict[str, list[Path]]:
    """The recordings of `folder`, by their words.

    Raises:
        ScriptError: its index is missing, cannot be read, or names a file that is not there.
    """
    source, problems = DataFile(folder / INDEX), list[Problem]()
    index = source.parse(Index, problems)
    takes = {words: [folder / name for name in names] for words, names in index.root.items()} if index else {}
    problems += [source.problem([words, at], f"there is no file '{path.name}'", "correct the name; it is in the same folder")
                 for words, paths in takes.items() for at, path in enumerate(paths) if not path.is_file()]
    if problems:
        raise ScriptError(problems)
    return takes
