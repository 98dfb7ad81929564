"""The process: when to look, what runs side by side, signals."""
