"""The drill as values: the decoy, what is made and taken away, the hops and what came of them."""
