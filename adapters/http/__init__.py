"""What every adapter of a web service shares: the session, the pace, the sandbox server."""
