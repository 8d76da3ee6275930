"""Carries a plan out, and can be stopped at any step."""
