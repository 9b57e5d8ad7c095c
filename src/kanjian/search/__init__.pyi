__all__ = [
    "Match",
    "Neighbor",
    "Similar",
    "Suggestion",
    "Suggestions",
    "cosine_similarities",
    "similar",
    "suggest",
]

from .nearest import cosine_similarities
from .neighbors import Neighbor
from .similar import Match, Similar, similar
from .suggest import Suggestion, Suggestions, suggest
