"""Files of labels -> labels and ids, and examples back out by split. Knows nothing of the engine."""
