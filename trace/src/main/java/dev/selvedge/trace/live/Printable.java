package dev.selvedge.trace.live;

import dev.selvedge.Stability;
import java.util.Locale;

/// Text of another process as one line that is safe to print: a name may hold anything, the control
/// sequences of a terminal and megabytes among it.
///
/// @since 0.1
@Stability(Stability.Level.EXPERIMENTAL)
public final class Printable {
  private static final int LONGEST = 300;

  private Printable() {}

  /// {@return the text in one line, without what is not to be seen, and cut if it is long}
  public static String line(String text) {
    if (text.length() <= LONGEST && text.chars().allMatch(Printable::isPlain)) {
      return text;
    }
    var line = new StringBuilder();
    int end = 0;
    while (end < text.length() && line.length() < LONGEST) {
      int point = text.codePointAt(end);
      end += Character.charCount(point);
      if (isPlain(point)) {
        line.appendCodePoint(point);
      } else {
        line.append(String.format(Locale.ROOT, "\\u%04x", point));
      }
    }
    return end < text.length() ? line + "… (" + text.length() + " characters)" : line.toString();
  }

  private static boolean isPlain(int point) {
    return switch (Character.getType(point)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED ->
          false;
      default -> true;
    };
  }
}
