"""fastsplit beside what people use today."""
