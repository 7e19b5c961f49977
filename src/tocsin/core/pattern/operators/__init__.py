"""What a pattern can ask of one value: prefix, anything-but, numeric, cidr, wildcard, and the others."""
