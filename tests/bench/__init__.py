"""Figures, each beside its bare ceiling measured in the same run: `python -m tests.bench`."""
