__all__ = [
    "Match",
    "Neighbor",
    "Similar",
    "cosine_similarities",
    "similar",
]

from .nearest import cosine_similarities
from .neighbors import Neighbor
from .similar import Match, Similar, similar
