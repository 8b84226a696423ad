"""The colors of splits: in the middle between black and white, so that they read on light and on dark pages."""

from __future__ import annotations

# Neighbours differ in hue and lightness, as color-blind readers need. Each has a contrast of about 3 or more to white,
# and of 4 or more to a dark page.
PALETTE = (
    "#3a80c9",
    "#d97f18",
    "#2b9a6b",
    "#9a6dd0",
    "#cf5350",
    "#23949f",
    "#c9609b",
    "#8b8c2c",
    "#a3714d",
    "#6c7fa6",
)
REST = "#8c8c8c"  # of the examples in no split


def color_number(k: int) -> int:
    """Return the number of the color of split ``k``; later splits use the colors again."""
    return k % len(PALETTE)
