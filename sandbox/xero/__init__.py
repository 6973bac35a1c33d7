"""A Xero for this machine: its real paths, rules and limits, over real HTTP."""
