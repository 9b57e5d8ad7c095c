"""From labeled pictures to uint8 batches, and what is kept of them between epochs."""
