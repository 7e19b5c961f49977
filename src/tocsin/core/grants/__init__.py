"""The IAM policies that `tocsin policy` prints: least privilege for each part, and none that can escalate."""
