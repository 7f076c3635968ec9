"""The language of easyconfigs: its values without running it."""
