"""Takes points off late hand-ins."""

from math import ceil

from nbgrader.plugins import LateSubmissionPlugin
from traitlets import Float


class PenaltyPerDay(LateSubmissionPlugin):
    """Takes off a share of the points for each day that has begun since the due date.

    `nbgrader_config.py` shows how it is switched on.
    """

    share = Float(0.1, min=0, max=1, help="The share of the points that each day costs.").tag(config=True)
    grace_hours = Float(0.0, min=0, help="Hours after the due date that cost nothing.").tag(config=True)
    most = Float(1.0, min=0, max=1, help="The largest share that is taken off.").tag(config=True)

    def late_submission_penalty(self, student_id: str, score: float, total_seconds_late: float) -> float | None:
        """The points to take off a score for so many seconds after the due date; None where nothing is taken off."""
        late = total_seconds_late - 3600 * self.grace_hours
        return score * min(self.most, self.share * ceil(late / 86400)) if late > 0 else None
