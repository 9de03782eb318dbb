package dev.selvedge.process.shared;

import dev.selvedge.process.internal.ProcessFolder;
import dev.selvedge.spi.Kernel;
import java.io.IOException;
import java.time.Duration;

/// A flag that threads of several processes wait for: a latch that can be closed again.
///
/// ```java
/// SharedEvent ready = shared.event();
///
/// ready.await();      // in the workers
/// ready.set();        // when everything is loaded
/// ```
///
/// [#set()] releases all who wait at that moment, even if [#clear()] follows before any of them has
/// run. What happened before `set` happens before the return of the waits that it releases. A
/// process that dies leaves the event as it is.
///
/// **Cancellation.** A wait ends by an interrupt, and so by the cancellation of the task; waiting
/// for an event that is set returns at once, and leaves an interrupt pending. Thread-safe.
///
/// @since 0.1
public final class SharedEvent extends Shared {

  // One word: the lowest bit is the flag, the others count how often it was set. Who waits notes
  // the
  // word, and goes on when the flag is set or the count is another one. Both change in one
  // compare-and-set; a kill before the wake-up costs the sleepers a slice (WordWait).

  private static final long serialVersionUID = 1;

  private static final long STATE = 0;
  private static final long BYTES = 4;
  private static final int SET = 1;

  SharedEvent(Block block) {
    super(block, Kind.EVENT, WHOLE);
  }

  static SharedEvent create(ProcessFolder folder) throws IOException {
    return new SharedEvent(Block.create(folder, Kind.EVENT, BYTES, _ -> {}));
  }

  /// Sets the flag, and releases all who wait for it. Without effect if it is set.
  public void set() {
    while (true) {
      int state = state();
      if ((state & SET) != 0) {
        return;
      }
      if (Words.swapInt(data(), STATE, state, state + 2 | SET)) {
        WordWait.wakeAll(data(), STATE);
        return;
      }
    }
  }

  /// Clears the flag: who comes from now on waits.
  public void clear() {
    while (true) {
      int state = state();
      if ((state & SET) == 0 || Words.swapInt(data(), STATE, state, state & ~SET)) {
        return;
      }
    }
  }

  /// {@return whether the flag is set at the moment}
  public boolean isSet() {
    return (state() & SET) != 0;
  }

  /// Waits until the flag is set.
  ///
  /// @throws InterruptedException if the thread is interrupted before it is set
  public void await() throws InterruptedException {
    await(Kernel.FOREVER);
  }

  /// Waits until the flag is set, for at most the given time.
  ///
  /// @param timeout how long to wait at most; zero does not wait
  /// @return whether it was set; otherwise the time has passed
  /// @throws InterruptedException if the thread is interrupted before it is set
  /// @throws IllegalArgumentException if the timeout is negative
  public boolean await(Duration timeout) throws InterruptedException {
    return await(WordWait.deadline(timeout));
  }

  private boolean await(long deadline) throws InterruptedException {
    int before = state();
    if ((before & SET) != 0) {
      return true;
    }
    var wait = new WordWait(this, deadline);
    while (state() == before) {
      if (wait.isOver()) {
        return false;
      }
      wait.pause(data(), STATE, before);
    }
    return true;
  }

  private int state() {
    return Words.readInt(data(), STATE);
  }

  @Override
  public String toString() {
    return "SharedEvent " + name() + (isSet() ? " set" : " not set");
  }
}
