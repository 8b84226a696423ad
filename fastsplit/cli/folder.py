"""The folder that a command makes: complete on the disk, or absent; and what it replaces, only if that was ours."""

from __future__ import annotations

import os
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from fastsplit.cli import manifest
from fastsplit.cli.exchange import exchange
from fastsplit.durable import sync_folder

try:
    import fcntl
except ImportError:  # of POSIX only: elsewhere, what a killed run left is not removed
    fcntl = None  # type: ignore[assignment]

FORCE_HELP = "replace DIR if it contains only files that fastsplit made, unchanged since"

_PREFIX = ".fastsplit-run-"
_NEW = "new"  # in the hidden folder: what becomes DIR; after the exchange, what DIR was
_OLD = "old"  # likewise, where the two cannot be exchanged in one step
_NAME = "name"  # likewise: a file with the name of DIR


class Target:
    """The folder to make, checked before anything is read.

    Parameters
    ----------
    given : Path
        The folder, as it was passed.
    force : bool
        Whether a folder that fastsplit made may be replaced.

    Raises
    ------
    ValueError
        If making the folder would lose anything.
    """

    def __init__(self, given: Path, force: bool) -> None:
        self.given, self.path = given, given.resolve()
        self._made: manifest.Made | None = None  # what is replaced
        self._is_away = False  # whether the hidden folder has what may have to go back
        if not self.path.parent.is_dir():
            raise ValueError(f"--out must be in an existing folder, got {given}")
        if not os.path.lexists(self.path):
            return
        if not self.path.is_dir():
            raise ValueError(f"--out already exists and is not a folder: {given}")
        if not self._files():
            return
        if not force:
            raise ValueError(f"--out already exists: {given}; pass --force to replace it")
        if self.is_filled:
            raise ValueError(
                f"--force cannot replace a mount point, or one in a read-only folder; delete the files in {given}"
            )
        self._made = manifest.checked(self.path, given)

    @property
    def is_filled(self) -> bool:
        """Whether the files are moved into the folder one by one, because no other can take its place."""
        return self.path.is_dir() and (os.path.ismount(self.path) or not os.access(self.path.parent, os.W_OK))

    @contextmanager
    def workspace(self) -> Iterator[Workspace]:
        """Yield a hidden folder on the same disk, which is removed at the end; first remove what dead runs left."""
        beside = self.path if self.is_filled else self.path.parent
        _remove_dead(beside)
        hidden, lock = _new_hidden(beside)
        try:
            (hidden / _NEW).mkdir()
            yield Workspace(hidden)
        except OSError as error:
            raise self._visible(error, hidden) from error
        finally:
            if not self._is_away:
                _discard(hidden)
            if lock is not None:
                os.close(lock)

    def publish(self, workspace: Workspace) -> None:
        """Let the new folder appear, complete; after any error, all is as before."""
        new = workspace.new
        sync_folder(new)
        if self.is_filled:
            self._fill(new)
        elif self._made is None:
            self._appear(new)
        else:
            shutil.copymode(self.path, new)
            self._replace(new, workspace.path / _OLD, workspace.path / _NAME)
        sync_folder(self.path.parent)

    def _files(self) -> list[str]:
        """Return what the folder contains, but for what belongs to a file system or to a run of ours."""
        return [name for name in os.listdir(self.path) if name != "lost+found" and not name.startswith(_PREFIX)]

    def _appear(self, new: Path) -> None:
        """Take the place of nothing, or of an empty folder, in one step."""
        with suppress(FileNotFoundError):
            shutil.copymode(self.path, new)
        try:
            os.rename(new, self.path)
        except OSError as error:
            if os.path.lexists(self.path):
                raise ValueError(
                    f"--out was made by something else while this run lasted, and is left as it is: {self.given}"
                ) from error
            raise

    def _replace(self, new: Path, old: Path, name: Path) -> None:
        """Take the place of a folder, and give it back if it is not the one that was checked."""
        own, self._is_away = new.stat().st_ino, True
        gone = new  # where the old folder is afterwards
        try:
            if not exchange(new, self.path):
                name.write_text(self.path.name, encoding="utf-8")
                gone = old
                os.rename(self.path, old)
                os.rename(new, self.path)
            if manifest.checked(gone, self.given) != self._made:
                raise ValueError(f"--out was replaced while this run lasted, and is left as it is: {self.given}")
        except BaseException:
            if gone is old and not self.path.exists():
                os.rename(old, self.path)
            elif self.path.stat().st_ino == own and (gone is new or old.exists()):
                _give_back(gone, self.path)
            self._is_away = False
            raise
        self._is_away = False

    def _fill(self, new: Path) -> None:
        """Move the files into the folder one by one, the report last: it says that all are there."""
        if self._files():
            raise ValueError(f"--out got files while this run lasted, and is left as it is: {self.given}")
        moved: list[Path] = []
        try:
            for path in sorted(new.iterdir(), key=lambda path: path.name == manifest.REPORT):
                moved.append(self.path / path.name)
                os.rename(path, moved[-1])
        except BaseException:
            for path in moved:
                with suppress(FileNotFoundError):
                    _remove(path)
            raise
        sync_folder(self.path)

    def _visible(self, error: OSError, hidden: Path) -> OSError:
        """Let an error name the file of DIR, not that of the hidden folder, which is gone when it is read."""
        inside = Path(str(error.filename or ""))
        if not inside.is_relative_to(hidden / _NEW):
            return error
        return OSError(error.errno, error.strerror, str(self.given / inside.relative_to(hidden / _NEW)))


class Workspace:
    """A hidden folder beside DIR, of this run alone; ``new`` is what becomes DIR."""

    def __init__(self, path: Path) -> None:
        self.path, self.new = path, path / _NEW


def _give_back(old: Path, target: Path) -> None:
    """Put a folder that was taken away back in its place."""
    if not exchange(old, target):
        shutil.rmtree(target)
        os.rename(old, target)


def _new_hidden(parent: Path) -> tuple[Path, int | None]:
    """Make a hidden folder and lock it: the system gives the lock back when this process ends, however it ends."""
    while True:
        hidden = parent / (_PREFIX + os.urandom(8).hex())
        try:
            hidden.mkdir(mode=0o700)
        except OSError as error:
            raise ValueError(f"--out cannot be made, because {parent} cannot be written: {error.strerror}") from error
        if fcntl is None:
            return hidden, None
        with suppress(FileNotFoundError):  # another run may have taken it for a dead one's before it was locked
            lock = os.open(hidden, os.O_RDONLY)
            with suppress(OSError):  # some network file systems have no locks: then nobody removes it either
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if hidden.exists():
                return hidden, lock
            os.close(lock)


def _remove_dead(parent: Path) -> None:
    """Remove the hidden folders of runs that ended without doing it, and put back what they had taken away."""
    if fcntl is None:
        return
    for hidden in parent.glob(f"{_PREFIX}*"):
        with suppress(OSError):  # of another user, or removed by another run at the same time
            lock = os.open(hidden, os.O_RDONLY)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # fails if the run is alive
                _bury(hidden, parent)
            finally:
                os.close(lock)


def _bury(hidden: Path, parent: Path) -> None:
    """Remove the hidden folder of a dead run, unless it has files that fastsplit did not make."""
    old = hidden / _OLD
    if old.exists():
        target = parent / (hidden / _NAME).read_text(encoding="utf-8")
        if not os.path.lexists(target):
            os.rename(old, target)
    for folder in (hidden / _NEW, old):
        if (folder / manifest.REPORT).exists():  # complete: what DIR was, if the run was killed in the last step
            try:
                manifest.checked(folder, folder)
            except ValueError as error:
                warnings.warn(f"{hidden} was left by a run that was killed, and is kept: {error}", stacklevel=2)
                return
    _discard(hidden)


def _discard(hidden: Path) -> None:
    """Remove a hidden folder, even if a signal to end comes while it goes.

    Reports go first: what is left if the run is killed has none, and the next run removes it without a question.
    """
    try:
        for name in (_NEW, _OLD):
            (hidden / name / manifest.REPORT).unlink(missing_ok=True)
        shutil.rmtree(hidden)
    except BaseException:
        shutil.rmtree(hidden, ignore_errors=True)
        raise


def _remove(path: Path) -> None:
    shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
