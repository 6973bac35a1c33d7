"""Pipedrive: installing, and the API in our words."""
