"""Whether a deployed pipeline stands: what was seen of the account, and a verdict a link."""
