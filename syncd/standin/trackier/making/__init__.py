"""Makers of invented rows, by subject. Each makes one row from its number and what is to be true of it."""
