package dev.selvedge.testkit;

import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// A flag between a test and its tasks, wherever they run: a latch in this heap, and a file for
/// copies of it that have travelled to another JVM.
///
/// It travels as the name of its file. In the JVM it came from, the copy becomes the original
/// again.
final class Signal implements Serializable {
  private static final long serialVersionUID = 1;
  private static final long POLL_MILLIS = 2;
  private static final ConcurrentHashMap<String, Signal> TRAVELLED = new ConcurrentHashMap<>();

  private final String file;
  private final transient CountDownLatch latch = new CountDownLatch(1);
  private transient volatile boolean travelled;

  private Signal(String file) {
    this.file = file;
  }

  static Signal create() {
    return new Signal(
        Path.of(System.getProperty("java.io.tmpdir"), "selvedge-" + UUID.randomUUID()).toString());
  }

  private record Form(String file) implements Serializable {
    Object readResolve() {
      return TRAVELLED.computeIfAbsent(
          file,
          name -> {
            Signal copy = new Signal(name);
            copy.travelled = true;
            return copy;
          });
    }
  }

  Object writeReplace() {
    if (!travelled) {
      travelled = true;
      Path.of(file).toFile().deleteOnExit();
      TRAVELLED.put(file, this);
    }
    return new Form(file);
  }

  /// Sets the flag, for ever.
  void set() {
    if (travelled) {
      try {
        Files.write(Path.of(file), new byte[0]);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    latch.countDown();
  }

  boolean isSet() {
    return latch.getCount() == 0 || (travelled && Files.exists(Path.of(file)));
  }

  /// Waits in the way of the JDK, so that a cancellation needs an interrupt to end it.
  void await() throws InterruptedException {
    while (!isSet()) {
      boolean _ = latch.await(POLL_MILLIS, TimeUnit.MILLISECONDS); // it may travel meanwhile
    }
  }
}
