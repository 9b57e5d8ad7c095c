"""Moving pictures in and out: videos, cameras and folders as frames with their time; sound."""
