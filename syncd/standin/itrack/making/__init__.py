"""Makers of rows, by subject. Each takes the account so far and what is already known of the row."""
