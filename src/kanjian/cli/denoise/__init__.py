"""`kanjian denoise`: networks that take noise away."""
