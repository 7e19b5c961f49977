"""The joints of a pipeline, a kind a module: what AWS shows of each, and what is wrong with it."""
