"""IAM: who may do what, and what moto leaves out."""
