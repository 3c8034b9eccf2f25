"""Result tables as a page for people: a report is made of sections, a section of blocks."""
