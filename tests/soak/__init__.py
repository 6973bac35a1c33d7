"""Long faults under load, with a seed, and a checker at the end: `python -m tests.soak`."""
