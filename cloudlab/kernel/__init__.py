"""The machinery under all concepts: time, luck, limits, servers, and the record of what happens.

    world     the clock, the named dice, and advance()
    record    what happened, in columns
    limits    what a parameter may be
    server    places that work on one line of requests; the hot loop
    measures  numbers from a record: percentiles, availability, utilisation
    summary   the one pass through a record's requests; ranks and work help it

Import what you use from its module: `from cloudlab.kernel.world import World`.
"""
