"""SNS: topics, subscriptions that a person confirms, and messages with their signatures."""
