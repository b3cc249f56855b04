"""Imported first by `python -m grading`: leaves out a library that costs a second and that grading has no use for.

nbformat imports jsonschema, which imports a checker of internationalised addresses where one is installed; that one
builds its grammar at import. jsonschema does without it.
"""

import sys

sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # to import it fails, as if it were not there
