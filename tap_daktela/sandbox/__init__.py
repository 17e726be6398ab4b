"""A small Daktela with invented data: a server to try the tap on and to test it against, without an account.

It imports nothing of the tap but `printable`, so that the two cannot share a mistake about Daktela. Imports point
downwards only:

    server         the running server and the command tap-daktela-sandbox
    http/          sockets, the log of requests, and the control API for tests
    command_line   the flags
    faults/        which request is broken, and how
    api/           the Daktela V6 API: from a path and a query to a reply, without sockets
    world/         the invented company and its rows
    storage/       tables, columns, and the rows in memory
    options, clock, credentials
"""
