"""The governor: one count of all calls, shared by all processes through Redis (promise 4, D20)."""
