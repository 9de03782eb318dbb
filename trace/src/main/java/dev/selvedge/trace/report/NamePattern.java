package dev.selvedge.trace.report;

import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;

/// Folds names that differ in their numbers only into one pattern, so that 100,000 pages are one
/// line; not thread-safe.
public final class NamePattern {
  /// UUIDs and other long hexadecimal numbers, with a digit in them, and decimal numbers.
  private static final Pattern NUMBER =
      Pattern.compile("(?i)\\b(?=[a-f-]*\\d)[0-9a-f]{8,}(?:-[0-9a-f]{4,})*+\\b|\\d+");

  private final Map<String, String> known = new HashMap<>();

  /// {@return the pattern of a name, such as `page-*` of `page-17`}
  public String of(String name) {
    return known.computeIfAbsent(name, text -> NUMBER.matcher(text).replaceAll("*"));
  }
}
