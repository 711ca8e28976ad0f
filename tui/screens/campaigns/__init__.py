"""Campaigns: their list and picture, steps, versions, reports, and trying them out."""
