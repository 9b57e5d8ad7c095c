"""A network that cleans pictures: trained on made or real noise, run on any size."""
