"""How things show themselves in a notebook: pieces of HTML, and a place that is drawn again."""
