"""What JSON and TOML hold where no class of ours says more."""

from typing import Any, TypeAlias

# Free by nature: what `to_dict` makes for others, a layer as Keras spells it, keys of a recipe
# with their values, what a user notes with a network
JsonObject: TypeAlias = dict[str, Any]
