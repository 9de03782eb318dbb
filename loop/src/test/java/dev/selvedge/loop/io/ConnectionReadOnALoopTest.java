package dev.selvedge.loop.io;

import org.junit.jupiter.api.extension.ExtendWith;

/// The same on an event loop.
@ExtendWith(OnALoop.class)
class ConnectionReadOnALoopTest extends ConnectionReadTest {
  /// No test here: [BadPeersTest] does it on a loop.
  @Override
  void lineOfAGigabyteCostsNoMoreThanItsLimit() {}
}
