"""What a drill touches: calls of AWS, the far ends of its hops, its journals."""
