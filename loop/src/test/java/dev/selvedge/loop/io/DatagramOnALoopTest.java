package dev.selvedge.loop.io;

import org.junit.jupiter.api.extension.ExtendWith;

/// The same on an event loop.
@ExtendWith(OnALoop.class)
class DatagramOnALoopTest extends DatagramTest {}
