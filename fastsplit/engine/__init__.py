"""The stages of a split over whole arrays: `pipeline` shows the way of the data; read it first."""
