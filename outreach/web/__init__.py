"""Faces in a browser: the booking page that guests see."""
