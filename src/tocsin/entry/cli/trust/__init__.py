"""The verbs that prove the alarm."""
