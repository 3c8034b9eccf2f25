"""The training backend ``transformer``: fine-tune a checkpoint, or begin from nothing."""
