"""Many rules at once: filed so that an event is tried against those alone that can match it."""
