"""The Xero client."""
