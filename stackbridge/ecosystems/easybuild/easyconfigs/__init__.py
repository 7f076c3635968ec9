"""Easyconfigs as text and data: taken apart, written again, moved, made from recipes."""
