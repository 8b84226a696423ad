"""The stages of a split one by one, on one thread: what the time of a split is made of."""
