"""What is installed or chosen: lock files, databases, externals."""
