"""Which easyconfigs stand for the packages of a stack, and why."""
