"""What came of it: goals, money, effect, funnels and the journey."""
