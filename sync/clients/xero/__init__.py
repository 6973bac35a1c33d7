"""Xero: connecting, and the Accounting API in our words."""
