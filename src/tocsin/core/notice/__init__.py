"""What a person reads, in words."""
