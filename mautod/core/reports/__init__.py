"""Numbers about what happened: funnels, stages, effect, money."""
