"""One CloudTrail record: out of any envelope, who did it, to whom, how and with what result."""
