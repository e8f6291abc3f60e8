"""What is compared: each a program of its own that does its letters and prints one line of JSON about it.

Those in another environment import nothing of ours: they are started by their path.
"""
