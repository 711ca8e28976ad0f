"""Definition files as text: tables that know their lines, tests, scripts and sheets."""
