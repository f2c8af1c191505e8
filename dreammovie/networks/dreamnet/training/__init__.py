"""How DreamNet is made: it learns from a teacher's dreams. Not needed to dream with it."""
