"""What a policy of IAM says of a request, exactly, or that it cannot be told.

One evaluator for all that judges policies. IAM User Guide, "Policy evaluation logic" and "IAM JSON policy elements
reference".
"""
