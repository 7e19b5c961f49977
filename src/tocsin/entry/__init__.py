"""The doors: the command line, and later the Lambda handler and the worker."""
