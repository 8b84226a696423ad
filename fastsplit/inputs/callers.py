"""Warnings that point at the line of the caller's own code, however many functions of fastsplit it is away."""

from __future__ import annotations

import sys
import warnings
from types import FrameType

_PACKAGE = __name__.partition(".")[0]


def warn_caller(message: str) -> None:
    """Warn of what the caller of fastsplit passed."""
    frame: FrameType | None = sys._getframe(1)
    level = 2  # that of the frame
    while frame is not None and str(frame.f_globals.get("__name__")).partition(".")[0] == _PACKAGE:
        frame = frame.f_back
        level += 1
    warnings.warn(message, stacklevel=level)
