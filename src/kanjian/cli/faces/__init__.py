"""`kanjian faces`: people in pictures and videos."""
