"""A Pipedrive company on this machine: real HTTP, real state, real webhooks. See sandbox/README.md."""
