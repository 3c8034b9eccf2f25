"""What was read and what it says in all: volume, mix, quality, shares of drivers, changes."""
