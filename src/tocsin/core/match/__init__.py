"""The rules: what rings, in whose words; from files of ours, of yours and of others."""
