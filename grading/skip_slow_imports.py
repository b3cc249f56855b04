"""Leaves out a library that takes seconds to import and that grading has no use for.

nbformat imports jsonschema, which imports a checker of internationalised addresses where one is installed, and that
one builds its grammar when it is imported. jsonschema does without it.
"""

import sys

sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # its import fails, as if it were not there
