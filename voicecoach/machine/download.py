"""Fetching one large file whose size and checksum are known: resumed after a cut, bounded, never trusted unchecked."""

from __future__ import annotations

import hashlib
import http.client
import os
import ssl
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TextIO

from tqdm import tqdm  # type: ignore[import-untyped]

from voicecoach.errors import ModelError

Progress = Callable[[int, int], None]
"""Is told the bytes that are there and the bytes in all; the first number may fall when a server starts over."""

Opener = Callable[..., Any]
"""As `urllib.request.urlopen`: takes a Request and ``timeout``."""

ATTEMPTS: Final = 12
"""Connections tried before giving up, however much each of them brought."""

VAIN: Final = 3
"""Connections in a row that brought nothing before giving up: without a network that is 6 seconds."""

TIMEOUT: Final = 30.0
"""Seconds without a byte after which a connection counts as dead."""

_CHUNK = 1 << 16
_PASSING = {408, 425, 429}  # the client errors that may be gone a moment later


class _RetryError(Exception):
    """This attempt failed, another one may not."""


def fetch(url: str, part: Path, size: int, sha256: str, *, progress: Progress = lambda _done, _all: None,
          opener: Opener = urllib.request.urlopen, pause: Callable[[float], object] = time.sleep) -> None:
    """Complete `part` to the file at `url`, going on where an earlier call was cut off.

    Whatever was received stays in `part` for the next call, unless it is not what it should be.

    Raises:
        ModelError: in one sentence, without saying what else the person can do.
    """
    vain = 0
    for attempt in range(1, ATTEMPTS + 1):
        before = _length(part)
        try:
            _receive(url, part, size, progress, opener)
        except _RetryError as error:
            vain = 0 if _length(part) > before else vain + 1
            if vain == VAIN or attempt == ATTEMPTS:
                raise ModelError(f"{url}: the download failed {attempt} times ({error})") from error
            pause(2.0 ** (vain + 1))
            continue
        if digest(part) == sha256:
            return
        part.unlink()
        if not before:  # else it was resumed, perhaps on half of an older file: that deserves a fresh try
            break
    raise ModelError(f"{url}: what came has the wrong checksum and was thrown away")


def _length(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def digest(file: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _receive(url: str, part: Path, size: int, progress: Progress, opener: Opener) -> None:
    """One connection: append to `part` until it has `size` bytes; `_RetryError` if it does not get there."""
    have = _length(part)
    if have > size:
        part.unlink()
        have = 0
    progress(have, size)
    if have == size:
        return
    request = urllib.request.Request(url, headers={"User-Agent": "voicecoach"})  # noqa: S310 - the manifest has https only
    if have:
        request.add_header("Range", f"bytes={have}-")
    try:
        with opener(request, timeout=TIMEOUT) as response:
            have = _agreed(url, response, have, size)
            _append(response, part, have, size, progress)
    except urllib.error.HTTPError as error:
        _judge(url, part, error)
    except (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError, ssl.SSLError) as error:
        raise _RetryError(_reason(error)) from error
    got = _length(part)
    if got < size:
        raise _RetryError(f"the connection ended after {got:,} of {size:,} bytes")
    if got > size:
        part.unlink()
        raise ModelError(f"{url}: the server sent more than the {size:,} bytes that the manifest says, "
                         "and they were thrown away")


def _agreed(url: str, response: Any, have: int, size: int) -> int:  # noqa: ANN401 - http.client or a test's own
    """Where the answer begins: `have` if the server goes on there, 0 if it starts over."""
    if response.status == http.HTTPStatus.PARTIAL_CONTENT:
        expected = f"bytes {have}-{size - 1}/{size}"
        if response.headers.get("Content-Range") == expected:
            return have
        raise ModelError(f"{url}: the server's file is another one than the manifest describes ("
                         f"{response.headers.get('Content-Range')!r} instead of {expected!r})")
    length = response.headers.get("Content-Length")
    if length is not None and length != str(size):
        raise ModelError(f"{url}: the server offers {length} bytes instead of the {size} that the manifest says")
    return 0


def _append(response: Any, part: Path, have: int, size: int, progress: Progress) -> None:  # noqa: ANN401
    """Write the body after the first `have` bytes of `part`; at most one chunk too much."""
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(handle, "wb") as file:
        file.truncate(have)
        file.seek(have)
        while have <= size and (chunk := response.read(_CHUNK)):
            file.write(chunk)
            have += len(chunk)
            progress(min(have, size), size)


def _judge(url: str, part: Path, error: urllib.error.HTTPError) -> None:
    """Raise what an HTTP error means."""
    with error:
        code = error.code
    if code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        part.unlink(missing_ok=True)
        raise _RetryError("the server has nothing to go on with")
    if code in _PASSING or code >= http.HTTPStatus.INTERNAL_SERVER_ERROR:
        raise _RetryError(f"the server answered {code}")
    raise ModelError(f"{url}: the server answered {code} ({error.reason})")


def _reason(error: Exception) -> str:
    """A short phrase without brackets and numbers."""
    inner = getattr(error, "reason", error)
    text = inner.strerror if isinstance(inner, OSError) and inner.strerror else str(inner)
    return (text or type(inner).__name__).lower()


def shown(name: str, stream: TextIO | None = None) -> Progress:
    """A progress that people can see: a bar on a terminal, elsewhere a line at each tenth."""
    out = stream or sys.stderr
    if out.isatty():
        bar = tqdm(desc=name, unit="B", unit_scale=True, file=out, leave=True)

        def draw(done: int, size: int) -> None:
            bar.total, bar.n = size, done
            bar.refresh()
            if done == size:
                bar.close()

        return draw
    last = -1

    def write(done: int, size: int) -> None:
        nonlocal last
        if (tenth := done * 10 // size) != last:
            last = tenth
            print(f"{name}: {tenth * 10} % of {size / 1e6:.0f} MB", file=out, flush=True)

    return write
