"""Pictures: arrays, files, sizes, colours."""
