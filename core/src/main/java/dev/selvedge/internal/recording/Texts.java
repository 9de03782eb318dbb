package dev.selvedge.internal.recording;

/// Texts as they are recorded.
public final class Texts {
  private static final int LONGEST = 1_000;

  private Texts() {}

  /// {@return the text, or its beginning and how long it was} An event with megabytes in it does
  /// not fit into the recorder's buffers, and would be lost.
  public static String cut(String text) {
    return text.length() <= LONGEST
        ? text
        : text.substring(0, LONGEST) + "… (" + text.length() + " characters)";
  }
}
