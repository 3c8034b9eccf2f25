"""The batches of a run: numbered, spooled, parted by conversation, scored in order."""
