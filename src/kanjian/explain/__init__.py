"""See inside a network: what excites it, what it looks at, what fools it."""
