"""`kanjian see`: looking inside a network."""
