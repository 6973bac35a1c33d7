"""A photograph of every page in every state: `python -m tests.screenshots FOLDER`."""
