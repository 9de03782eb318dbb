package dev.selvedge.loop.io;

import org.junit.jupiter.api.extension.ExtendWith;

/// The same on an event loop.
@ExtendWith(OnALoop.class)
class TlsOnALoopTest extends TlsTest {
  /// No test here: [BadPeersTest] does it on a loop, and in less time.
  @Override
  void halfAHandshakeTimesOutAndNobodyElseNotices() {}
}
