"""The banks: solutions of each lesson's exercises, right and wrong. They are not shipped in the wheel."""
