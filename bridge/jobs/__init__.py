"""The policies of migrate, mirror and forward over one engine."""
