"""Mail that comes in: fetched or handed over, put into the journal, digested."""
