"""What can be asked of each command: options and their help, and nothing that takes time."""
