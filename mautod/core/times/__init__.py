"""Clocks on walls: windows, schedules, zones, and the hours that suit a person."""
