"""The manifest, `stackbridge.yaml`: our own format. Its form is the hub's, `hub/document.py`."""
