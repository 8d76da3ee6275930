"""Decides what a run will write; pure."""
