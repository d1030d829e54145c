"""How each concept is written into a template: a file each, found by its name."""
