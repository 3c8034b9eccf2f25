"""The customer's journey: touchpoints and stages, their matrix, peak and end."""
