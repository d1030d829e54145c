"""What a learner sees and touches; everything here reads a record and changes none."""
