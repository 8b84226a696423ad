"""Report: how many examples each split has, and how far each class is from its ideal, as table, picture and page."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from fastsplit.group_plans import GroupPlan
from fastsplit.multilabel_plans import MultilabelPlan
from fastsplit.plans import Plan
from fastsplit.report import card, findings, frames, page, picture, table
from fastsplit.report.changes import Drift, Moved

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Drift", "Moved", "Report"]


class Report:
    """How many examples each split has, and how far its classes are from their ideals.

    The ideal of a class in a split is the number of examples of the class times the size of the split; the deviation is
    the distance from it, computed exactly.

    Parameters
    ----------
    plan : Plan, GroupPlan or MultilabelPlan
        The split. Of a split by groups, the table also has the number of groups in each split and the root mean square
        of the deviations of all classes.

    Examples
    --------
    >>> import fastsplit
    >>> print(fastsplit.split([0] * 10 + [1] * 100, seed=0).report())
    110 examples, 2 classes, seed 0
    <BLANKLINE>
    split  examples   share  largest deviation  in class  absent classes
    train        88  80.00%                  0         -               0
    test         22  20.00%                  0         -               0
    """

    def __init__(self, plan: Plan | GroupPlan | MultilabelPlan) -> None:
        self.plan = plan
        self._table = table.Table.of(plan)

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        lines = [f"note: {text}" for text in findings.told(self._table)]
        return "\n".join([table.to_text(self._table), *([""] if lines else []), *lines])

    def _repr_html_(self) -> str:
        return card.card(self.plan, "Report", self.findings())

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers of the report in types that JSON has.

        Returns
        -------
        dict
            ``examples``, ``classes``, ``seed`` (a string, because JSON readers round large numbers), ``splits`` (one
            dict per split), ``none`` (the same for the examples in no split; None if the sizes sum to 1) and
            ``class_sizes``. By groups also ``groups``, ``largest_group``, ``balance``, and in each split ``groups`` and
            ``rms_deviation``.
        """
        return table.to_dict(self._table)

    def findings(self) -> list[str]:
        """Return what a person should know about the split, in words.

        Returns
        -------
        list of str
            Sentences, the most important first: which classes a split lacks, which are too small for the sizes, how
            far classes are from their ideals, and why.
        """
        return [finding.text for finding in findings.findings(self._table)]

    def to_frame(self, library: frames.Library | None = None, *, rows: frames.Rows = "splits") -> Any:
        """Return the report as a table of pandas, polars or Arrow.

        Parameters
        ----------
        library : {"pandas", "polars", "arrow"}, optional
            By default the first of these that is installed.
        rows : {"splits", "classes"}, default "splits"
            What a row is: a split, or a pair of a class and a split.

        Returns
        -------
        pandas.DataFrame, polars.DataFrame or pyarrow.Table
            Of splits the columns ``split``, ``size``, ``examples``, ``share``, ``largest_deviation``, ``in_class`` and
            ``absent_classes``, by groups also ``groups`` and ``rms_deviation``. Of classes the columns ``class``,
            ``split``, ``examples``, ``share``, ``ideal`` and ``deviation``. Examples in no split are rows of the split
            "(none)".

        Raises
        ------
        ImportError
            If the library is not installed.
        ValueError
            If ``library`` or ``rows`` has another value.
        """
        return frames.to_frame(self._table, library, rows)

    def to_html(self, path: str | os.PathLike[str], *, before: Plan | GroupPlan | None = None) -> None:
        """Write a page with tables, pictures, findings in words and a search over all classes.

        The page is one file that loads nothing from elsewhere. ``page.html#class=NAME`` opens it at a class.

        Parameters
        ----------
        path : path_like
            The file. An existing file is replaced when the page is complete.
        before : Plan or GroupPlan, optional
            The plan that split this data, with the counts of the data that it was made from: the page then says what
            came since, and how far classes have drifted.

        Raises
        ------
        TypeError, ValueError
            If ``before`` did not split this data.

        Examples
        --------
        >>> import fastsplit
        >>> fastsplit.split([0, 1] * 50, seed=0).report().to_html("split.html")  # doctest: +SKIP
        """
        page.write(self._table, path, None if before is None else self._drift(before))

    def _drift(self, before: Plan | GroupPlan) -> Drift:
        """Return how far this split has drifted from the plan that it was made by."""
        plan = self.plan
        if isinstance(plan, MultilabelPlan) or type(before) is not type(plan):
            raise TypeError(f"before must be the {Plan.__name__} or {GroupPlan.__name__} that split this data")
        same = (before.names, before.sizes, before.seed) == (plan.names, plan.sizes, plan.seed)
        if not same or not np.isin(before.classes, plan.classes).all():
            raise ValueError("before must be the plan that split this data: its splits, seed or classes are others")
        return Drift(before, plan)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the share of every class that each split has.

        Up to 24 classes are bars with their names. More are dots against the number of examples of the class, in a
        strip per split: a line marks the size of the split, and in the band around it, a class is less than one example
        from its ideal (a split by groups has no such band). Classes absent from the split have a row of their own.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            The axes to draw on; by default those of a new figure.

        Returns
        -------
        matplotlib.axes.Axes
            The axes with the picture.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        return picture.draw(self._table, picture.new_axes(self._table) if ax is None else ax)

    def save_plot(self, path: str | os.PathLike[str]) -> None:
        """Write the picture of `plot` to a file; if drawing fails, no file is written.

        Parameters
        ----------
        path : path_like
            The file; its suffix is the format, such as .png, .pdf or .svg.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If matplotlib does not support the format.
        """
        picture.save(self._table, path)
