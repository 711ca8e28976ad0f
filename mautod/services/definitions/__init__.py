"""The files of a workspace: read, checked, planned, put in force and taken back."""
