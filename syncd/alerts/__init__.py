"""Alerts: what went wrong becomes an incident, an incident one message to each channel, and one more when it is over.

``incidents`` and ``letters`` decide and are pure; ``channels`` sends.
"""
