"""The API clients against scripted vendors."""
