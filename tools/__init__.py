"""For maintainers and teachers: `python -m tools.NAME --help`, from the root of the course."""
