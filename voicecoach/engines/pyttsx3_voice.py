"""The coach's voice: pyttsx3, which renders in a process of its own and never plays.

pyttsx3 can hang, crash, or return without having spoken. Here each of the three is noticed: a line has a time-out, a child
that exceeds it or dies is killed and replaced, the line is tried again, and only then does `EngineError` say so.
See ``docs/decisions/render-is-not-play.md``.
"""

from __future__ import annotations

import contextlib
import io
import queue
import subprocess
import sys
import tempfile
import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from types import TracebackType
from typing import IO, Any, Self

import numpy as np
import soundfile

from voicecoach.audio import Pcm, Samples, resample
from voicecoach.engines import pyttsx3_worker as worker
from voicecoach.engines.line_sound import NEAR_SILENCE, SPEECH_LEVEL, VOICE_RATE, finished
from voicecoach.errors import EngineError

_LINUX = sys.platform.startswith("linux")
_WINDOWS = sys.platform == "win32"
_SLOWEST, _FASTEST = 80, 450  # words a minute that espeak can do


@dataclass(frozen=True, slots=True)
class VoiceDescription:
    """One voice that the system offers."""

    id: str
    """What the configuration may name; so it may the part behind a slash, the name, or the language."""
    name: str
    language: str
    """As in ``en-gb``."""


class Pyttsx3Voice:
    """A `Voice` on pyttsx3; safe to use from several threads, which take turns.

    Args:
        voice: an id, name or language of `voices()`; empty for the first one that speaks `language`. On Linux a
            variant of timbre may follow: ``en-us+f3``.
        language: the language that the voice must speak if none is named.
        words_per_minute: the speed at `rate` 1.0. 150 is unhurried; most engines' own default is 200.
        pitch: 0 to 99; heeded on Linux only.
        timeout: seconds after which a line that is not there counts as hung.
        attempts: how often a line is tried, each time with a new child.
        fresh_child: take a new child for each line; needed except on Linux.
    """

    name = "pyttsx3"

    def __init__(self, voice: str = "", *, language: str = "en", words_per_minute: int = 150, pitch: int = 50,
                 timeout: float = 10.0, attempts: int = 3,
                 fresh_child: bool = not _LINUX) -> None:
        self._voice, self._language = voice, language
        self._words_per_minute, self._pitch = words_per_minute, pitch
        self._timeout, self._attempts, self._fresh_child = timeout, attempts, fresh_child
        self._lock = threading.Lock()
        self._child: _Child | None = None
        self._close: Callable[[], object] = _nothing
        self.busy = threading.Event()
        """Set while a child owes an answer."""

    @property
    def fingerprint(self) -> str:
        """Everything but the text and the rate that decides how a line sounds; part of a cache's key."""
        engines = [f"{name} {_version(name)}" for name in ("pyttsx3", "espeakng-loader")]
        return "|".join([*engines, sys.platform, self._voice, self._language, str(self._words_per_minute),
                         str(self._pitch), str(VOICE_RATE), str(SPEECH_LEVEL)])

    @property
    def child_pid(self) -> int | None:
        """The process that renders at present, if there is one."""
        child = self._child
        return child.pid if child else None

    def check(self) -> None:
        """Render two words; raise `EngineError` when they do not come, or the voice does not exist."""
        self.render("all right")

    def voices(self) -> list[VoiceDescription]:
        """What the system offers.

        Raises:
            EngineError: pyttsx3 does not work here.
        """
        reply, _ = self._ask({"do": "voices"})
        return [VoiceDescription(**voice) for voice in reply["voices"]]

    def render(self, text: str, rate: float = 1.0) -> Pcm:
        """See `Voice.render`. Trimmed to 50 ms of silence at the ends, and at `SPEECH_LEVEL`."""
        request = {"do": "render", "text": " ".join(text.split()), "voice": self._voice, "language": self._language,
                   "words_per_minute": int(np.clip(round(self._words_per_minute * rate), _SLOWEST, _FASTEST)),
                   "pitch": self._pitch}
        if not any(letter.isalnum() for letter in text):
            raise EngineError(self.name, f"nothing can be spoken of {text!r}", "give the line words")
        return finished(self._ask(request)[1], VOICE_RATE)

    def close(self) -> None:
        """End the child. The next render starts another one."""
        with self._lock:
            self._drop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()

    def _ask(self, request: worker.Message) -> tuple[worker.Message, Samples]:
        """The answer to `request`, by as many children as it takes."""
        problem = ""
        for _ in range(self._attempts):
            with self._lock:
                try:
                    return self._try(request)
                except BaseException as error:
                    self._drop()  # also on Ctrl-C: its late answer must not become the next line's
                    if not isinstance(error, _ChildError):
                        raise
                    problem = str(error)
        raise EngineError(self.name, f"the voice failed {self._attempts} times ({problem})", _remedy())

    def _try(self, request: worker.Message) -> tuple[worker.Message, Samples]:
        if self._child is None:
            self._child = _Child(in_process=not self._fresh_child)
            self._close = weakref.finalize(self, self._child.end)
        self.busy.set()
        try:
            reply, payload = self._child.ask(request, self._timeout)
        finally:
            self.busy.clear()
        if self._fresh_child:
            self._drop()
        if reply.get("kind") == "voice":
            raise EngineError(self.name, reply["error"], "name one of those that `voicecoach doctor` lists")
        if "error" in reply:
            raise _ChildError(reply["error"])
        return reply, _decoded(payload) if request["do"] == "render" else np.zeros(0, np.float32)

    def _drop(self) -> None:
        self._close()
        self._child, self._close = None, _nothing


# --- the sound --------------------------------------------------------------------------------------------------


def _decoded(file: bytes) -> Samples:
    """The samples of a sound file at `VOICE_RATE`, or `_ChildError` if it holds nothing that can be heard."""
    try:
        frames, rate = soundfile.read(io.BytesIO(file), dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise _ChildError("it wrote no sound file") from error
    mono: Samples = frames.mean(axis=1, dtype=np.float32)
    if not len(mono) or np.abs(mono).max() < NEAR_SILENCE:
        raise _ChildError("it rendered nothing")
    return resample(mono, rate, VOICE_RATE)


# --- the process ------------------------------------------------------------------------------------------------


class _ChildError(Exception):
    """This child is of no more use; `str(error)` says why."""


class _Child:
    """A worker process and the one thread that talks to it, so that nobody else can be held up by its pipes."""

    def __init__(self, *, in_process: bool) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed in end(); a pipe that nobody reads can block
        self._folder = None if in_process else tempfile.TemporaryDirectory(prefix="voicecoach-")
        # By path, since "-m" would import this package and its libraries first; -P keeps our file names
        # from hiding the libraries that they are named after.
        command = [sys.executable, "-P", worker.__file__, *(["--in-process"] if in_process else [])]
        # In a group of its own, so that Ctrl-C at the terminal does not reach it.
        apart: dict[str, Any] = {"creationflags": 0x200} if _WINDOWS else {"start_new_session": True}
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,  # noqa: S603
                                         stderr=self._errors, **apart)
        self.pid = self._process.pid
        self._requests: queue.SimpleQueue[worker.Message | None] = queue.SimpleQueue()
        self._replies: queue.SimpleQueue[tuple[worker.Message, bytes] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=_converse, name="pyttsx3", daemon=True, args=(
            self._process.stdin, self._process.stdout, self._requests, self._replies))
        self._thread.start()

    def ask(self, request: worker.Message, timeout: float) -> tuple[worker.Message, bytes]:
        """Its answer, or `_ChildError` when it is dead or needs longer than `timeout` seconds."""
        self._requests.put({**request, "folder": self._folder.name if self._folder else ""})
        try:
            reply = self._replies.get(timeout=timeout)
        except queue.Empty:
            raise _ChildError(f"no answer in {timeout:g} s") from None
        if reply is None:
            raise _ChildError(f"it died{self._last_words()}")
        return reply

    def _last_words(self) -> str:
        self._errors.seek(0)
        lines = self._errors.read()[-2000:].decode(errors="replace").strip().splitlines()
        return f": {lines[-1].strip()}" if lines else ""

    def end(self) -> None:
        """Kill it and clear up after it."""
        self._process.kill()
        self._requests.put(None)
        self._process.wait()
        self._thread.join()
        for stream in (self._process.stdin, self._process.stdout, self._errors):
            with contextlib.suppress(OSError):  # what was left to write to the dead has nowhere to go
                stream.close()  # type: ignore[union-attr]
        if self._folder:
            self._folder.cleanup()


def _converse(to: IO[bytes], back: IO[bytes], requests: queue.SimpleQueue[worker.Message | None],
              replies: queue.SimpleQueue[tuple[worker.Message, bytes] | None]) -> None:
    """Carry requests and replies until the child dies or None is asked. Holds no reference to the voice."""
    while (request := requests.get()) is not None:
        try:
            worker.write_message(to, request)  # type: ignore[arg-type]
            replies.put(worker.read_message(back))  # type: ignore[arg-type]
        except (OSError, EOFError, ValueError):
            replies.put(None)
            return


def _nothing() -> None:
    pass


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "-"


def _remedy() -> str:
    if _LINUX:
        return "run `pip install --force-reinstall pyttsx3 espeakng-loader` or `sudo apt install libespeak-ng1`"
    return "check that the system can read text aloud, then run `pip install --force-reinstall pyttsx3`"
