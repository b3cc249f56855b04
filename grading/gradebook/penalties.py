"""Points taken off what was handed in late."""

from math import ceil

from nbgrader.plugins import LateSubmissionPlugin
from traitlets import Float


class PenaltyPerDay(LateSubmissionPlugin):
    """Takes a share of the points off for each day begun after the due date; `nbgrader_config.py` shows how."""

    share = Float(0.1, min=0, max=1, help="The share of the points that a day costs.").tag(config=True)
    grace_hours = Float(0.0, min=0, help="So much later is not late.").tag(config=True)
    most = Float(1.0, min=0, max=1, help="The share that is taken off at most.").tag(config=True)

    def late_submission_penalty(self, student_id: str, score: float, total_seconds_late: float) -> float | None:
        late = total_seconds_late - 3600 * self.grace_hours
        return score * min(self.most, self.share * ceil(late / 86400)) if late > 0 else None
