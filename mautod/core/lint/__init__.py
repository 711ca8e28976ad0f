"""What is wrong with definitions that are well formed: only what can be proven is said."""
