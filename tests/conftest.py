"""What all tests need of the process they run in."""

import signal

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # a shell's background jobs ignore it, and so would every process that a test starts
    signal.signal(signal.SIGINT, signal.default_int_handler)
