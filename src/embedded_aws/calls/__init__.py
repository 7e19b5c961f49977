"""What a request is, who makes it, and AWS's ways of writing it: what every service here needs."""
