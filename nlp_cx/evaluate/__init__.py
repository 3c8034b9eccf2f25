"""Measure models: metrics, intervals, slices, calibration."""
