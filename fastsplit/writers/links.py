"""Images -> a tree per split, of a folder per class: NAME/cat/1.jpg. Links, or copies."""

from __future__ import annotations

import errno
import os
import shutil
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from fastsplit.durable import sync_folder
from fastsplit.readers.images import Images
from fastsplit.readers.source import Chunk, Source
from fastsplit.writers.base import Writer

# What systems answer if a file cannot have another name here: on another disk, on a file system without hard links,
# of another owner, or because it has too many names.
_REFUSED = {errno.EXDEV, errno.EPERM, errno.EACCES, errno.EMLINK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class LinkWriter(Writer):
    """Gives every image another name: a hard link or, where the system refuses one, a symbolic link.

    Parameters
    ----------
    folder : Path
        Gets a folder per split.
    names : sequence of str
        The K splits.
    source : Images
        Where the images come from.
    """

    def __init__(self, folder: Path, names: Sequence[str], source: Source) -> None:
        self._folders = [folder / name for name in names]
        self._source = cast("Images", source)
        self._made: set[Path] = set()
        self._symbolic = False
        for path in self._folders:
            self._make(path)

    def write(self, chunk: Chunk, splits: NDArray[np.uint8]) -> None:
        """Link the images of a chunk."""
        images = cast("list[Path]", chunk.examples)
        for image, place, split in zip(images, self._source.places(chunk), splits.tolist(), strict=True):
            if split < len(self._folders):
                target = self._folders[split] / place
                self._make(target.parent)
                try:
                    self._put(image, target)
                except FileExistsError as error:
                    raise ValueError(f"{image} and another image would both be {target}; rename one of them") from error

    def close(self) -> None:
        """Flush the names to the disk."""
        for folder in self._made:
            sync_folder(folder)

    def _put(self, image: Path, target: Path) -> None:
        if not self._symbolic:
            try:
                os.link(os.path.realpath(image), target)
                return
            except OSError as error:
                if error.errno not in _REFUSED:
                    raise
                warnings.warn(
                    f"hard links are refused here ({os.strerror(error.errno or 0)}), so that symbolic links are made, "
                    f"which break if {image} and others are moved",
                    stacklevel=4,
                )
                self._symbolic = True
        os.symlink(os.path.realpath(image), target)

    def _make(self, folder: Path) -> None:
        if folder not in self._made:
            folder.mkdir(parents=True, exist_ok=True)
            self._made.add(folder)


class CopyWriter(LinkWriter):
    """Copies every image, with its times."""

    def _put(self, image: Path, target: Path) -> None:
        with open(target, "xb"):  # never over an image of the same name
            pass
        try:
            shutil.copy2(image, target)
        except OSError as error:
            if error.errno not in _FULL:
                raise
            raise OSError(error.errno, os.strerror(error.errno), str(target)) from error  # not the image
