"""One room for each command: what is asked for, done in order. No dreaming happens here."""
