"""The verbs that set the pipeline up in an account and look after it."""
