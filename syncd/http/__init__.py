"""The network: pace, signing, bounded reading, retries and the wording of what went wrong, for every vendor alike."""
