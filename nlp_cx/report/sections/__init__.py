"""The chapters of a report: each reads its tables of the material and gives a section, or none."""
