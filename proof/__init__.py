"""The model check of the session core: every reachable abstract state, and every event in each. `make prove` runs it.

It stands beside the package and is not shipped: it looks into the session's private fields, which no user should.
"""
