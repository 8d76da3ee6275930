"""Renders a receipt."""
