"""StackBridge: one manifest for an HPC software stack."""

__version__ = "0.1.0"
