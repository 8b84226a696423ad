"""Image trees: a folder of images per class; of the images, at most the first bytes are read."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastsplit.inputs.options import described

SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".png")
_MAGIC = (b"BM", b"GIF8", b"\xff\xd8\xff", b"\x89PNG\r\n", b"RIFF")  # RIFF: WebP
_MAGIC_LENGTH = max(map(len, _MAGIC))


class ImageTree(NamedTuple):
    """The images of a tree, sorted by class and path.

    Attributes
    ----------
    paths : list of Path, length N
        The files.
    labels : ndarray of int32, shape (N,)
        The class of each file: an index into ``class_names``.
    ids : list of str, length N
        The path of each file relative to the root, with forward slashes: it stays if the tree is moved.
    class_names : list of str
        The names of the folders in the root, ascending.
    ignored : list of str
        The relative paths of the files and folders that are no images or in no class, ascending. Of an ignored folder,
        its own path alone.
    """

    paths: list[Path]
    labels: NDArray[Any]
    ids: list[str]
    class_names: list[str]
    ignored: list[str]


def read(
    directory: str | PathLike[str], *, class_names: Sequence[str] | None = None, follow_links: bool = False
) -> ImageTree:
    """List the images of a tree.

    Every folder in the root is a class, and every image in it, at any depth, is an example. Hidden files and folders
    are ignored. A file is an image if it has the suffix of one or, with another suffix or none, begins like one. Names
    are sorted, so the result does not depend on the file system.

    Parameters
    ----------
    directory : path_like
        The root.
    class_names : sequence of str, optional
        The names of the folders in the root in another order.
    follow_links : bool, default False
        Whether links to folders within a class are followed.

    Returns
    -------
    ImageTree

    Raises
    ------
    ValueError
        If there is no image in any folder of the root, or ``class_names`` are not the names of its folders.
    OSError
        If the root is not a folder that can be read.
    """
    root, ignored = Path(directory), []
    found = []
    for path in root.iterdir():
        if path.is_dir() and not path.name.startswith("."):
            found.append(path.name)
        else:
            ignored.append(path.name)
    names = sorted(found) if class_names is None else _read_class_names(class_names, sorted(found))
    files = [_found(root / name, follow_links, root, ignored) for name in names]
    paths = [path for of_class in files for path in of_class]
    if not paths:
        raise ValueError(f"directory must hold a folder of images per class, got no images in folders of {str(root)!r}")
    labels = np.repeat(np.arange(len(names), dtype=np.int32), [len(of_class) for of_class in files])
    return ImageTree(paths, labels, [_relative(path, root) for path in paths], names, sorted(ignored))


def read_flat(directory: str | PathLike[str], *, follow_links: bool = False) -> ImageTree:
    """List the images at any depth of a folder, sorted by path, as a tree without classes; all labels are 0."""
    root, ignored = Path(directory), list[str]()
    if not root.is_dir():
        os.listdir(root)  # raises the error that fits
    paths = _found(root, follow_links, root, ignored)
    if not paths:
        raise ValueError(f"directory must hold images, got none in {str(root)!r}")
    ids = [_relative(path, root) for path in paths]
    return ImageTree(paths, np.zeros(len(paths), dtype=np.int32), ids, [], sorted(ignored))


def _read_class_names(class_names: Any, found: list[str]) -> list[str]:
    names = None if isinstance(class_names, str) else list(class_names)
    if names is None or sorted(map(str, names)) != found:
        raise ValueError(
            f"class_names must be the names of the class folders, {', '.join(found)}, in any order, "
            f"got {described(class_names)}"
        )
    return list(map(str, names))


def walk(
    folder: str, ignore: Callable[[str], None], *, follow_links: bool = False, seen: set[tuple[int, int]] | None = None
) -> Iterator[str]:
    """Yield the path of every image in a folder, at any depth, sorted by the names along it.

    ``ignore`` is called with the path of every other file, and of every hidden file or folder. The memory is that of
    the names in one folder at each depth.
    """
    seen = set() if seen is None else seen
    if follow_links:
        status = os.stat(folder)
        if (status.st_dev, status.st_ino) in seen:  # a link to a folder that contains it
            return
        seen.add((status.st_dev, status.st_ino))
    with os.scandir(folder) as scanned:
        entries = sorted(scanned, key=lambda entry: entry.name)
    for entry in entries:
        if entry.name.startswith("."):
            ignore(entry.path)
        elif entry.is_dir():
            if follow_links or not entry.is_symlink():
                yield from walk(entry.path, ignore, follow_links=follow_links, seen=seen)
        elif entry.is_file() and is_image(entry.path):
            yield entry.path
        else:
            ignore(entry.path)


def _found(folder: Path, follow_links: bool, root: Path, ignored: list[str]) -> list[Path]:
    """Return the images in a folder; list what is ignored."""

    def ignore(path: str) -> None:
        ignored.append(_relative(Path(path), root))

    return [Path(path) for path in walk(str(folder), ignore, follow_links=follow_links)]


def is_image(path: str) -> bool:
    """Return whether a file has the suffix of an image or begins like one."""
    if os.path.splitext(path)[1].lower() in SUFFIXES:
        return True
    try:
        with open(path, "rb") as file:
            return file.read(_MAGIC_LENGTH).startswith(_MAGIC)
    except OSError:
        return False


def _relative(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()
