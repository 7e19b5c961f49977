"""EventBridge: from a record to the targets of the rules that it matches."""
