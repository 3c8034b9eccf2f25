"""Make labelled data: pick texts, hand them out, take answers in, measure agreement and errors."""
