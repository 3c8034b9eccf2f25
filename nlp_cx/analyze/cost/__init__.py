"""The cost of negative experience: parameters, amounts, levers, sensitivities."""
