"""What matters and what to do first, chosen from the tables of the other rooms."""
