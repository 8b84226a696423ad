"""What splits and folds have in common: a plan, which is made when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeAlias

from fastsplit.group_plans import GroupPlan
from fastsplit.multilabel_plans import MultilabelPlan
from fastsplit.plans import Plan

AnyPlan: TypeAlias = Plan | GroupPlan | MultilabelPlan

if TYPE_CHECKING:  # type checkers know the module without its being installed
    from typing_extensions import TypeVar

    from fastsplit.report import Report

    P_co = TypeVar("P_co", bound=AnyPlan, default=Any, covariant=True)
else:
    from typing import TypeVar

    P_co = TypeVar("P_co")


class Planned(Generic[P_co]):
    """A result with a plan, or with what makes it: for few labels that takes longer than their split."""

    def __init__(self, plan: P_co | Callable[[], P_co]) -> None:
        self._plan = plan

    @property
    def plan(self) -> P_co:
        """The table that makes the same split again, of the same or of more examples."""
        if callable(self._plan):
            self._plan = self._plan()
        return self._plan

    @property
    def seed(self) -> int:
        """The seed that gives this result again, also if none was passed."""
        return self.plan.seed

    def report(self) -> Report:
        """Return the table of this result, which prints itself, and becomes a picture, a page or a frame."""
        from fastsplit.report import Report

        return Report(self.plan)

    def _repr_html_(self) -> str:
        from fastsplit.report.card import card  # here, because its imports would slow down `import fastsplit`

        return card(self.plan, type(self).__name__)
