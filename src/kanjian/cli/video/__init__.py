"""`kanjian video`: clips cut, tagged and labeled."""
