"""What is kept true of people: who is in which segment, with how many points, and why."""
