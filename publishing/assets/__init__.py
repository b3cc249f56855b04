"""Files from npm and PyPI that the site serves, and the front end that is built with npm."""
