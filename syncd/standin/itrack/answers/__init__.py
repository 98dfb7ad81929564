"""What each call answers, by subject."""
