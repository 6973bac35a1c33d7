"""How we speak to the two platforms: a transport, an authorised session, then one folder a platform."""
