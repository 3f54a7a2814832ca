"""The models on this machine: what the manifest knows, what is installed, and installing without ever half doing it."""

from __future__ import annotations

import contextlib
import lzma
import os
import shutil
import stat
import struct
import sys
import tempfile
import time
import urllib.request
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import partial
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import Annotated, Final, Literal, Self

from pydantic import Field, PositiveInt, model_validator

from voicecoach.errors import ModelError
from voicecoach.language.datafile import Record, load
from voicecoach.machine.download import Opener, Progress, digest, fetch
from voicecoach.machine.resources import data_folder

BOMB: Final = 20
"""An archive that unpacks to more than this many times its size is refused; speech models shrink by less than 3."""

ENTRIES: Final = 10_000
"""Nor may it hold more files than this; a Vosk model has about twenty."""

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


# --- the manifest -----------------------------------------------------------------------------------------------


class Download(Record):
    """A zip archive on a web server."""

    url: Annotated[str, Field(pattern=r"^(https://|http://127\.0\.0\.1[:/])")]
    size: PositiveInt = Field(alias="bytes")
    sha256: Sha256
    folder: Name
    """The one folder at the top of the archive; also its name in the store."""


class PackagedFile(Record):
    """A file that a Python package carries."""

    path: str
    """Relative to the module's folder."""
    size: PositiveInt = Field(alias="bytes")
    sha256: Sha256


class Package(Record):
    """The Python package that carries a model."""

    name: Name
    version: str
    """The release whose files the checksums are of."""
    module: Name
    folder: str = ""
    """What the engine opens, relative to the module's folder; if not given, the folder of the first file."""
    files: Annotated[list[PackagedFile], Field(min_length=1)]


class Model(Record):
    """One model."""

    name: Name
    language: str
    """``en``, or ``any``."""
    engine: Literal["vosk", "moonshine", "silero"]
    licence: str
    origin: str = Field(alias="from")
    """The page of those who made it."""
    download: Download | None = None
    package: Package | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.download is None) == (self.package is None):
            raise ValueError("a model needs either 'download' or 'package'")
        return self


class Manifest(Record):
    """Every model that voicecoach knows."""

    models: list[Model]

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [model.name for model in self.models]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"the model {twice[0]!r} is there twice")
        return self


class State(Enum):
    """Whether a model can be used."""

    INSTALLED = "installed"
    MISSING = "not installed"
    OTHER = "installed, but not the files that the manifest describes"


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of `voicecoach models list`."""

    model: Model
    state: State
    place: Path | None
    """The folder that its engine opens; None if it is not there."""


# --- the store --------------------------------------------------------------------------------------------------


class ModelStore:
    """The models in `folder`, and those that came with packages.

    Args:
        folder: where downloads are unpacked; made when needed, for the owner only.
        manifest: what is known; by default the file that comes with voicecoach.

    Raises:
        ScriptError: the manifest has mistakes.
    """

    def __init__(self, folder: Path, manifest: Path | None = None) -> None:
        self.folder = folder
        self._models = {m.name: m for m in load(manifest or data_folder("models") / "manifest.yaml", Manifest).models}

    def model(self, name: str) -> Model:
        """The manifest's entry, or `ModelError` naming those that exist."""
        if name not in self._models:
            raise ModelError(f"there is no model {name!r}; the known ones are {', '.join(self._models)}.")
        return self._models[name]

    def list_models(self) -> list[Listed]:
        """Every model of the manifest and its state; sizes are compared, checksums are not (see `verify`)."""
        return [Listed(m, self._state(m), self._place(m)) for m in self._models.values()]

    def installed(self, name: str) -> bool:
        """Whether the model can be opened."""
        return self._place(self.model(name)) is not None

    def find(self, name: str) -> Path:
        """The folder that the model's engine opens.

        Raises:
            ModelError: it is unknown or not installed; the message says how to install it.
        """
        model = self.model(name)
        if place := self._place(model):
            return place
        how = f"voicecoach models install {name}" if model.download else _pip(model)
        raise ModelError(f"the model {name} is not installed; run `{how}`.")

    def verify(self, name: str) -> None:
        """Compare the checksums of a model that came with a package; a download was compared before it was unpacked.

        Raises:
            ModelError: a file is missing or differs.
        """
        model = self.model(name)
        self.find(name)
        for file in model.package.files if model.package else []:
            path = _module_folder(model) / file.path
            if not path.is_file() or digest(path) != file.sha256:
                raise ModelError(f"{path}: this is not the file of {name} that the manifest describes; run `{_pip(model)}`.")

    def install(self, name: str, *, progress: Progress = lambda _done, _all: None, source: Path | None = None,
                opener: Opener = urllib.request.urlopen, pause: Callable[[float], object] = time.sleep) -> bool:
        """Install a model from its web server, or from `source`, an archive that somebody downloaded by hand.

        Either all of it is there afterwards or nothing, but for a ``.part`` file that the next call goes on with.

        Returns:
            False if it was installed already and nothing was done.

        Raises:
            ModelError: in one sentence that ends with what to do.
        """
        model = self.model(name)
        if self._place(model):
            return False
        if not model.download:
            raise ModelError(f"the model {name} comes with a Python package; run `{_pip(model)}`.")
        try:
            with _alone(self.folder, name):
                if not self._place(model):  # the one who was faster may just have finished
                    self._install(model.download, name, source,
                                  partial(fetch, progress=progress, opener=opener, pause=pause))
        except OSError as error:
            raise ModelError(f"{self.folder}: the model cannot be stored here ({(error.strerror or str(error)).lower()}); "
                             "make room or mend the permissions, then run the command again.") from error
        return True

    def remove(self, name: str) -> None:
        """Delete an installed model, and what is left of an interrupted download.

        Raises:
            ModelError: it is unknown, not installed, or came with a package.
        """
        model = self.model(name)
        if not model.download:
            package = model.package.name if model.package else name
            raise ModelError(f"the model {name} came with a Python package; run `pip uninstall {package}` to remove it.")
        part, place = self._part(name), self._place(model)
        if not place and not part.exists():
            raise ModelError(f"the model {name} is not installed; there is nothing to remove.")
        try:
            with _alone(self.folder, name):
                part.unlink(missing_ok=True)
                if place:
                    # Out of the way first: a model is there as a whole or not at all.
                    shutil.rmtree(place.rename(Path(tempfile.mkdtemp(prefix=_TEMPORARY, dir=self.folder)) / name).parent)
        except OSError as error:
            raise ModelError(f"{place or part}: cannot be removed ({(error.strerror or str(error)).lower()}); "
                             "mend the permissions and run the command again.") from error

    def _install(self, source: Download, name: str, given: Path | None, fetch: Callable[[str, Path, int, str], None]) -> None:
        for left in self.folder.glob(f"{_TEMPORARY}*"):  # by somebody who was killed
            shutil.rmtree(left, ignore_errors=True)
        if given is not None:
            _check_archive(given, source)
            self._unpack(given, source)
            return
        part = self._part(name)
        try:
            fetch(source.url, part, source.size, source.sha256)
        except ModelError as error:
            raise ModelError(f"{error}; try again later, or download it by hand and run "
                             f"`voicecoach models install {name} --from FILE`.") from error
        self._unpack(part, source)
        part.unlink()

    def _unpack(self, archive: Path, source: Download) -> None:
        temporary = Path(tempfile.mkdtemp(prefix=_TEMPORARY, dir=self.folder))  # mode 700, same file system
        try:
            unpack(archive, temporary, source.folder, limit=source.size * BOMB)
            (temporary / source.folder).replace(self.folder / source.folder)
            _sync(self.folder)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)

    def _part(self, name: str) -> Path:
        return self.folder / f"{name}.part"

    def _place(self, model: Model) -> Path | None:
        if model.download:
            place = self.folder / model.download.folder
            return place if place.is_dir() else None
        if not model.package or not (module := _module_folder(model)).is_dir():
            return None
        place = module / (model.package.folder or PurePosixPath(model.package.files[0].path).parent)
        return place if place.is_dir() else None

    def _state(self, model: Model) -> State:
        place = self._place(model)
        if not place:
            return State.MISSING
        for file in model.package.files if model.package else []:
            path = _module_folder(model) / file.path
            if not path.is_file() or path.stat().st_size != file.size:
                return State.OTHER
        return State.INSTALLED


_TEMPORARY = ".installing-"


def _module_folder(model: Model) -> Path:
    """Where the model's Python package is; a path that does not exist if it is not installed."""
    spec = find_spec(model.package.module) if model.package else None
    return Path(spec.submodule_search_locations[0]) if spec and spec.submodule_search_locations else Path("not-installed")


def _pip(model: Model) -> str:
    return f"pip install {model.package.name}=={model.package.version}" if model.package else ""


def _check_archive(file: Path, source: Download) -> None:
    """Raise `ModelError` unless `file` is the archive that the manifest describes."""
    if not file.is_file():
        raise ModelError(f"{file}: no such file; give the archive that was downloaded from {source.url}.")
    if file.stat().st_size != source.size or digest(file) != source.sha256:
        raise ModelError(f"{file}: this is not the archive that the manifest describes (size or checksum differ); "
                         f"download it again from {source.url}.")


# --- archives ---------------------------------------------------------------------------------------------------


def unpack(archive: Path, into: Path, folder: str, *, limit: int) -> None:
    """Unpack a zip archive whose one top folder is `folder`; files are for the owner only and on the disk afterwards.

    Args:
        archive: the file.
        into: an existing folder; on an error the caller removes it.
        folder: the only top folder that the archive may have.
        limit: bytes that all files together may have.

    Raises:
        ModelError: it is no zip archive, is damaged, or holds what a model has no need of: paths that lead outside,
            links, devices, too much.
    """
    try:
        with zipfile.ZipFile(archive) as content:
            entries = content.infolist()
            if len(entries) > ENTRIES or sum(entry.file_size for entry in entries) > limit:
                raise ModelError(f"{archive}: the archive is far too large for what it should be; nothing was installed.")
            for entry in entries:
                _extract(content, entry, into / _safe(archive, entry, folder))
    except _DAMAGE as error:
        raise ModelError(f"{archive}: the archive is damaged ({_reason(error)}); nothing was installed.") from error
    except OSError as error:
        if error.errno is not None:  # the disk's; a decompressor's own errors have no number
            raise
        raise ModelError(f"{archive}: the archive is damaged ({_reason(error)}); nothing was installed.") from error
    if not (into / folder).is_dir():
        raise ModelError(f"{archive}: the archive has no folder {folder!r}; nothing was installed.")
    for place, _, _ in os.walk(into):
        _sync(Path(place))


_DAMAGE = (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error, lzma.LZMAError, struct.error, ValueError, OverflowError, IndexError,
           MemoryError, FileExistsError, NotADirectoryError, IsADirectoryError)
"""What zipfile and its decompressors raise for archives that were made to break them."""

_LONGEST_NAME = 200
"""Characters of one part of a path in a model; file systems end at 255 bytes."""


def _reason(error: Exception) -> str:
    return " ".join(str(getattr(error, "strerror", None) or error or type(error).__name__).split())[:100]


def _safe(archive: Path, entry: zipfile.ZipInfo, folder: str) -> PurePosixPath:
    """The entry's path, or `ModelError` if it is not a plain file or folder inside `folder`."""
    path, kind = PurePosixPath(entry.filename), stat.S_IFMT(entry.external_attr >> 16)
    odd = kind not in {0, stat.S_IFREG, stat.S_IFDIR} or any(c in "\\:\x7f" or c < " " for c in entry.filename)
    odd = odd or any(len(part) > _LONGEST_NAME for part in path.parts)
    if odd or path.is_absolute() or ".." in path.parts or not path.parts or path.parts[0] != folder:
        raise ModelError(f"{archive}: the archive holds {entry.filename[:_LONGEST_NAME]!r}, which a model has no need of; "
                         "nothing was installed.")
    return path


def _extract(content: zipfile.ZipFile, entry: zipfile.ZipInfo, to: Path) -> None:
    """Write one entry. zipfile stops at the size that the entry states, and checks its CRC."""
    if entry.is_dir():
        to.mkdir(mode=0o700, parents=True, exist_ok=True)
        return
    to.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(handle, "wb") as file, content.open(entry) as data:
        shutil.copyfileobj(data, file, 1 << 20)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """Make a folder's entries survive a power cut; Windows has no such call and needs none."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextlib.contextmanager
def _alone(folder: Path, name: str) -> Iterator[None]:
    """Hold the store's lock, which the system lets go even when the process is killed.

    Raises:
        ModelError: another process holds it.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            if sys.platform == "win32":
                import msvcrt  # noqa: PLC0415

                msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
            else:
                import fcntl  # noqa: PLC0415

                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ModelError(f"{folder}: another voicecoach is at work here; wait until it has finished, "
                             f"then ask for {name} again.") from error
        yield
    finally:
        os.close(handle)
