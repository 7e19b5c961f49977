"""The door: an account that listens on loopback, asks the services, and tells CloudTrail."""
