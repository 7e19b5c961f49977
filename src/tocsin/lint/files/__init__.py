"""Where the event rules of a file stand, by what the file is."""
