package dev.selvedge.process.internal;

import org.jspecify.annotations.Nullable;

/// What this process is called, and who has started it. Thread-safe.
public final class Lineage {
  private static volatile String name = "main";
  private static volatile @Nullable Parent parent;

  private Lineage() {}

  /// Who has started this process.
  ///
  /// @param name what it is called
  /// @param pid its pid
  public record Parent(String name, long pid) {}

  /// Notes who this process is, before anything else runs in it.
  static void begin(String ownName, Parent from) {
    name = ownName;
    parent = from;
  }

  /// {@return what this process is called}
  public static String name() {
    return name;
  }

  /// {@return who has started it, or null if nobody of us has}
  public static @Nullable Parent parent() {
    return parent;
  }
}
