"""What the benchmark scripts share: tables of figures, peers, texts, clocks."""
