"""How fast, how often again, and when not at all: rules in virtual time, one idea a file."""
