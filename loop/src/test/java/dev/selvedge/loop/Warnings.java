package dev.selvedge.loop;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/// What is logged while this is open.
final class Warnings extends Handler implements AutoCloseable {
  private static final Logger LOGGER = Logger.getLogger("dev.selvedge");

  private final List<String> messages = new CopyOnWriteArrayList<>();

  Warnings() {
    LOGGER.addHandler(this);
    LOGGER.setUseParentHandlers(false);
  }

  /// Waits until there is one that matches.
  String await(Predicate<String> which) {
    while (true) {
      for (String message : messages) {
        if (which.test(message)) {
          return message;
        }
      }
      Thread.onSpinWait();
    }
  }

  List<String> messages() {
    return messages;
  }

  @Override
  public void publish(LogRecord record) {
    messages.add(record.getMessage());
  }

  @Override
  public void flush() {}

  @Override
  public void close() {
    LOGGER.setUseParentHandlers(true);
    LOGGER.removeHandler(this);
  }
}
