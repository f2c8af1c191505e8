"""Networks: facts, weights, and what they see."""
