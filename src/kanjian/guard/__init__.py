"""One door for every file of strangers: what it asks for is looked at before memory is taken.

A recognizer, a recipe, a gallery or a network may come from anyone. Each kind of file has one
function here that reads what it tells of itself (sizes, names, links, nesting, code) and refuses
in one line what does not add up; every command goes through it before a larger library opens the
file. The room is on the ground floor, so that all others can use it. It knows no command: the
error to raise is the caller's.
"""
