"""What visitors of a site are shown: the tracker's settings, and which pop-up is for whom."""
