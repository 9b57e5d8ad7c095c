"""Classic image processing: arrays in, arrays out."""
