"""The stand-in for Trackops."""
