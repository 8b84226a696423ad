"""Folders of images: the label of an image is the name of its folder, or the beginning of its own name."""

from __future__ import annotations

import os
import re
import warnings
import zlib
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from fastsplit.readers.image_tree import walk
from fastsplit.readers.source import Chunk, Options, Source, listed

_CHUNK = 1 << 14  # images: their paths take about as much memory as other chunks
_NUMBERED = re.compile(r"(.+)[-_.][0-9]+", re.DOTALL)


class _Image(NamedTuple):
    path: str
    label: str
    id: str


class Ignored:
    """Files that are no examples: how many, and one of them."""

    def __init__(self) -> None:
        self.n, self.example = 0, ""

    def __call__(self, path: str) -> None:
        """Count a file, unless it is hidden."""
        if not os.path.basename(path).startswith("."):
            self.n += 1
            self.example = self.example or path


class Images(Source):
    """The images of one or more folders. They are listed again in every scan: only one folder's names are in memory.

    Ids are paths relative to the folder; if several folders are given, the name of the folder comes before it.

    Parameters
    ----------
    roots : list of Path
        The folders.
    by_name : bool
        Whether the label is the part of a file's name before the last ``-``, ``_`` or ``.`` and digits, as in
        cat_001.jpg; otherwise it is the name of the folder in the root.
    """

    ways = ("links", "copies")

    def __init__(self, roots: list[Path], by_name: bool) -> None:
        self.paths = roots
        self.kind = "images"
        self.label = f"the label is the {'beginning of the file name' if by_name else 'name of the folder'}"
        self._by_name = by_name
        self._prefixes = _prefixes(roots)
        self._first: tuple[int, int] | None = None  # the number and the checksum of the images of the first scan

    def chunks(self, *, examples: bool = False) -> Iterator[Chunk]:
        """List the images once.

        Raises
        ------
        ValueError
            At the end, if the images are not those of the first scan; or if the name of an image has no label.
        """
        n, checksum, ignored = 0, 0, Ignored()
        images = self.images(ignored)
        while part := list(islice(images, _CHUNK)):
            n += len(part)
            checksum = zlib.crc32("\0".join(image.id for image in part).encode("utf-8", "surrogateescape"), checksum)
            labels, ids = np.array([image.label for image in part]), np.array([image.id for image in part])
            paths = [Path(image.path) for image in part] if examples else None
            yield Chunk(len(part), (labels,), ids, None, paths, _naming(part))
        if self._first is None:
            self._first = (n, checksum)
            if ignored.n:
                warnings.warn(f"files left out: {ignored.n:,}, such as {ignored.example}", stacklevel=2)
        elif self._first != (n, checksum):
            raise ValueError(f"{listed(self.paths)}: images were added, renamed or deleted while they were read")

    def places(self, chunk: Chunk) -> list[str]:
        """Return the path of each image of a chunk in a tree of a folder per class."""
        labels, ids = cast("NDArray[Any]", chunk.labels[0]), cast("NDArray[Any]", chunk.ids)
        places = []
        for label, place in zip(labels.tolist(), ids.tolist(), strict=True):
            if self._by_name:
                places.append(f"{label}/{place}")
            elif len(self.paths) == 1:
                places.append(place)
            else:
                root, _, rest = place.partition(f"/{label}/")
                places.append(f"{label}/{root}/{rest}")
        return places

    def images(self, ignored: Ignored) -> Iterator[_Image]:
        """Yield the images one by one."""
        for root, prefix in zip(self.paths, self._prefixes, strict=True):
            begin = len(os.path.join(root, ""))
            for path in walk(str(root), ignored):
                relative = path[begin:].replace(os.sep, "/")
                label, slash, _ = relative.partition("/")
                if self._by_name:
                    yield _Image(path, _label_of_name(path), prefix + relative)
                elif slash:
                    yield _Image(path, label, prefix + relative)
                else:
                    ignored(path)


def read(paths: list[Path], options: Options) -> Images:
    """Open folders of images; only the names are read, and the first bytes of files without the suffix of an image."""
    if options.label_from not in (None, "folder", "name"):
        raise ValueError(f"--label-from {options.label_from} does not apply to folders of images; use folder or name")
    by_name = options.label_from == "name"
    for root in paths:
        if not root.is_dir():
            os.listdir(root)  # raises the error that fits
        if next(Images([root], by_name).images(Ignored()), None) is None:
            if next(walk(str(root), Ignored()), None) is not None:
                raise ValueError(f"{root} holds images, but no folder of images per class; pass --label-from name")
            raise ValueError(f"{root} must hold a folder of images per class, got no images in it")
    return Images(paths, by_name)


def _prefixes(roots: list[Path]) -> list[str]:
    """Return what comes before the relative paths of each root: nothing if there is one root, else its name."""
    if len(roots) == 1:
        return [""]
    names = [root.resolve().name for root in roots]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"folders of images must differ in their names, which ids begin with, got two {name!r}")
    return [f"{name}/" for name in names]


def _label_of_name(path: str) -> str:
    stem = os.path.splitext(os.path.basename(path))[0]
    match = _NUMBERED.fullmatch(stem)
    if match is None:
        raise ValueError(f"{path}: the file name has no label; expected a label, one of - _ . and digits: cat_001.jpg")
    return match[1]


def _naming(images: list[_Image]) -> Callable[[int], str]:
    return lambda i: images[i].path
