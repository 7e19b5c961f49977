"""The pure heart: no clock, disk, network, randomness, environment or log."""
