package dev.selvedge.internal;

import java.util.Locale;

/// What a thread waits for in one of Selvedge's own waits, for recordings.
public enum WaitKind {
  /// The end of tasks.
  JOIN,
  /// The end of a group.
  GROUP,
  /// Something that one has at a time.
  LOCK,
  /// A permit, or the time for it.
  LIMIT,
  /// Room in a channel, or something in it.
  CHAN,
  /// Something that happens once.
  EVENT,
  /// That time passes.
  SLEEP,
  /// What others change under a lock.
  CONDITION,
  /// That others come as far.
  BARRIER,
  /// A connection, a process or a pipe.
  IO,
  /// Anything else.
  OTHER;

  private final String text = name().toLowerCase(Locale.ROOT);

  /// {@return the word for it in a recording}
  public String text() {
    return text;
  }
}
