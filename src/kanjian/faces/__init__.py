"""Who is this? Faces found, aligned, enrolled from a few photos and named in pictures and video."""
