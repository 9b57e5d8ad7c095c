"""Which pictures are most alike: features of a set of images, and its nearest neighbors."""
