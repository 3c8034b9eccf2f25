"""From files to a report: a study reads, scores, joins, analyses and reports, and can be resumed."""
