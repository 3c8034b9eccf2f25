"""From files to a report: read, score, join, analyse and report, resumed where it stopped."""
