"""Image trees: a folder of images per class; the images themselves are not read."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class ImageTree(NamedTuple):
    """The files of an image tree, sorted by class and path.

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
    stray : list of str
        The names of the files in the root, ascending: they belong to no class and are not in ``paths``.
    """

    paths: list[Path]
    labels: NDArray[Any]
    ids: list[str]
    class_names: list[str]
    stray: list[str]


def read(directory: str | PathLike[str]) -> ImageTree:
    """List the files of an image tree.

    Every folder in the root is a class, and every file in it, at any depth, is an image; hidden folders and files
    count too. Names are sorted, so the result does not depend on the file system.

    Parameters
    ----------
    directory : path_like
        The root.

    Returns
    -------
    ImageTree

    Raises
    ------
    ValueError
        If there is no file in any folder of the root.
    OSError
        If the root is not a folder that can be read.
    """
    root = Path(directory)
    class_names = sorted(path.name for path in root.iterdir() if path.is_dir())
    stray = sorted(path.name for path in root.iterdir() if not path.is_dir())
    files = [sorted(path for path in (root / name).rglob("*") if path.is_file()) for name in class_names]
    paths = [path for of_class in files for path in of_class]
    if not paths:
        raise ValueError(f"directory must hold a folder of images per class, got no files in folders of {str(root)!r}")
    labels = np.repeat(np.arange(len(class_names), dtype=np.int32), [len(of_class) for of_class in files])
    return ImageTree(paths, labels, [path.relative_to(root).as_posix() for path in paths], class_names, stray)
