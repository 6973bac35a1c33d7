"""The Pipedrive client."""
