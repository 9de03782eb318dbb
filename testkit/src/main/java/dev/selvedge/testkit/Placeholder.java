package dev.selvedge.testkit;

/// Stands in until the first type of this package arrives.
public final class Placeholder {
  private Placeholder() {}
}
