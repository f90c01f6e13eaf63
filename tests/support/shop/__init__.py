"""A small shop, written twice: the pair of stateful services that end-to-end tests replay on.

``baseline`` counts its ids up, ``candidate`` draws UUIDs; tokens and slugs are each side's own. All
else that a client can see is the same, until the candidate is started with a fault.
"""
