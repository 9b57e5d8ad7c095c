"""How good are the answers? Figures, thresholds, comparisons and the report that shows them."""
