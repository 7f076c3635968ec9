"""Sites: where must it run? Profiles, what is installed there, and which code runs where."""
