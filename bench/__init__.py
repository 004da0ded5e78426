"""Measurements that stand behind choices in the code."""
