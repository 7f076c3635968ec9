"""Reports: one view of a result as plain data, and several renderers of it."""
