"""One module for each lesson, wired from parts: `scenario(seed, …)` gives a record."""
