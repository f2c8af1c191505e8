"""What DreamNet learnt from: drawings, and the training. Not needed to dream with it."""
