"""Rendered lines, kept: in memory for the session, on disk for the next one, and the safety lines come what may."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol

import numpy as np
import soundfile

from voicecoach.audio import Pcm
from voicecoach.engines import Voice

DISK_BYTES = 200_000_000
"""Default bound of the folder: about 1,500 minutes of speech as FLAC, some hundred times one session's lines."""

MEMORY_SECONDS = 1_200.0
"""Speech kept in memory besides the held lines: 20 minutes at 22,050 Hz, about 100 MB."""

_FORMAT = "1"
"""Part of every key; count it up when files written before can no longer be used."""


class CacheableVoice(Voice, Protocol):
    """A Voice that can say what makes it sound as it does."""

    @property
    def fingerprint(self) -> str:
        """Everything but text and rate that decides how a line sounds: engine, version, voice, speed, level."""


class CachedVoice:
    """A `Voice` that renders each line once.

    A cache that cannot be read or written costs speed and nothing else: the reason goes to `warn`, once each.

    Args:
        voice: what renders when nothing is kept.
        folder: made when needed, for the owner only. Files are 16-bit FLAC, named by a hash of everything that
            decides their sound, so a file never becomes wrong, only unused.
        limit: bytes that the folder may hold; the files unused for longest go first.
        warn: is told in one sentence what does not work.
    """

    def __init__(self, voice: CacheableVoice, folder: Path, *, limit: int = DISK_BYTES,
                 warn: Callable[[str], None] = lambda _: None) -> None:
        self.name = voice.name
        self.warnings: list[str] = []
        self._voice, self._shelf, self._warn = voice, _Shelf(folder, limit), warn
        self._lock = threading.Lock()
        self._held: dict[str, dict[float, Pcm]] = {}
        self._recent: OrderedDict[tuple[str, float], Pcm] = OrderedDict()
        self._seconds = 0.0

    def check(self) -> None:
        """As the voice itself."""
        self._voice.check()

    def render(self, text: str, rate: float = 1.0) -> Pcm:
        """See `Voice.render`. The sound is shared and read-only.

        A held text never reaches the voice or the disk: at a rate that is not held, the nearest held one is given.
        """
        with self._lock:
            if held := self._held.get(text):
                return held[min(held, key=lambda r: abs(r - rate))]
            if pcm := self._recent.get((text, rate)):
                self._recent.move_to_end((text, rate))
                return pcm
        pcm = self._from_disk_or_voice(text, rate)
        pcm.samples.flags.writeable = False
        self._remember(text, rate, pcm)
        return pcm

    def prepare(self, texts: Iterable[str], rate: float = 1.0) -> None:
        """Render `texts` ahead, in this order, so that the session waits for none of them. Pass safety lines first.

        Raises:
            EngineError: the voice cannot render one of them.
        """
        for text in texts:
            self.render(text, rate)

    def hold(self, texts: Iterable[str], rates: Iterable[float] = (1.0,)) -> None:
        """Keep `texts` in memory for good: from now on they outlive a broken voice and a deleted cache.

        Raises:
            EngineError: the voice cannot render one of them.
        """
        rates = tuple(rates)
        for text in texts:
            sounds = {rate: self.render(text, rate) for rate in rates}
            with self._lock:
                self._held.setdefault(text, {}).update(sounds)

    def _from_disk_or_voice(self, text: str, rate: float) -> Pcm:
        key = hashlib.sha256("\0".join([_FORMAT, self._voice.fingerprint, repr(rate), text]).encode()).hexdigest()
        try:
            if pcm := self._shelf.take(key):
                return pcm
        except OSError as error:
            self._complain(f"{self._shelf.folder}: spoken lines cannot be read from here ({error.strerror}); "
                           "they are rendered anew.")
        pcm = self._voice.render(text, rate)
        try:
            self._shelf.put(key, pcm)
        except OSError as error:
            self._complain(f"{self._shelf.folder}: spoken lines cannot be kept here ({error.strerror}); "
                           "the next session has to render them again.")
        return pcm

    def _remember(self, text: str, rate: float, pcm: Pcm) -> None:
        with self._lock:
            old = self._recent.pop((text, rate), None)
            self._recent[text, rate] = pcm
            self._seconds += pcm.seconds - (old.seconds if old else 0.0)
            while self._seconds > MEMORY_SECONDS and len(self._recent) > 1:
                self._seconds -= self._recent.popitem(last=False)[1].seconds

    def _complain(self, sentence: str) -> None:
        with self._lock:
            if sentence in self.warnings:
                return
            self.warnings.append(sentence)
        self._warn(sentence)


class _Shelf:
    """The folder. Every failure is an OSError, except that a damaged file counts as none."""

    def __init__(self, folder: Path, limit: int) -> None:
        self.folder, self._limit = folder, limit
        self._lock = threading.Lock()
        self._used: int | None = None

    def take(self, key: str) -> Pcm | None:
        """The sound kept under `key`, now the most recently used one; a damaged file is removed."""
        file = self.folder / f"{key}.flac"
        try:
            pcm = _unpacked(file.read_bytes())
        except FileNotFoundError:
            return None
        if pcm is None:
            file.unlink(missing_ok=True)
            return None
        with contextlib.suppress(OSError):  # a folder that may only be read still serves
            os.utime(file)
        return pcm

    def put(self, key: str, pcm: Pcm) -> None:
        """Keep `pcm`, whole or not at all, and drop the oldest sounds if there are too many."""
        data = _packed(pcm)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self.folder, suffix=".tmp")  # mode 600
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(name).replace(self.folder / f"{key}.flac")
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise
        with self._lock:
            self._used = None if self._used is None else self._used + len(data)
            if self._used is None or self._used > self._limit:
                self._used = self._swept()

    def _swept(self) -> int:
        """Remove the files unused for longest until a tenth of the limit is free; how many bytes are left.

        Other processes may use the folder too, so what is gone already is no error. Orphaned ``.tmp`` files age as
        the others do.
        """
        files = []
        for entry in os.scandir(self.folder):
            with contextlib.suppress(FileNotFoundError):
                files.append((entry.stat().st_mtime_ns, entry.stat().st_size, entry.path))
        used = sum(size for _, size, _ in files)
        if used > self._limit:
            for _, size, path in sorted(files):
                if used <= self._limit * 9 // 10:
                    break
                Path(path).unlink(missing_ok=True)
                used -= size
        return used


def _packed(pcm: Pcm) -> bytes:
    """A FLAC file whose comment is the checksum of its samples: libsndfile does not check FLAC's own."""
    whole = np.asarray(np.round(np.clip(pcm.samples, -1.0, 1.0) * 32767), np.int16)
    data = io.BytesIO()
    with soundfile.SoundFile(data, "w", pcm.rate, 1, "PCM_16", format="FLAC") as file:
        file.comment = hashlib.sha256(whole.tobytes()).hexdigest()
        file.write(whole)
    return data.getvalue()


def _unpacked(data: bytes) -> Pcm | None:
    """The sound in `data`, or None if it is damaged."""
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            whole, rate, checksum = file.read(dtype="int16"), file.samplerate, file.comment
    except (soundfile.SoundFileError, RuntimeError):
        return None
    if hashlib.sha256(whole.tobytes()).hexdigest() != checksum:
        return None
    return Pcm(np.asarray(whole / np.float32(32767), np.float32), rate)
