"""Components under the names of the Python carbontracker; see component.py."""
