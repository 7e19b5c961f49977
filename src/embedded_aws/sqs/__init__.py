"""SQS: what moto leaves out of it."""
