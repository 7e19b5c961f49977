"""What people write in files, read as values: HCL, YAML, TOML, Sigma rules."""
