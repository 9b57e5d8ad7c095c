"""What was found, shown: charts, figures, wording, and the report as a page and as JSON."""
