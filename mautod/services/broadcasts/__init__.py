"""Broadcasts: one letter to many people, as runs of a chain that nobody enters by themselves.

So the ledger, the gate, goals, holdouts and reports are those of chains, and a person is a
recipient once, whatever happens. A broadcast is asked for (a draft, with everybody it is for),
started, and carried on by the pump until nobody's fate is open.
"""
