"""What DreamNet learnt from, and what its classifiers tell apart: drawings. No dream needs them."""
