"""The promises to tell, and the only ways in which they move."""
