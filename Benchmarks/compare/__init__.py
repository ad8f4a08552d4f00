"""Drives our server and its peers through the same workloads and prints how they compare."""
